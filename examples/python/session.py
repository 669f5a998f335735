"""Initiates a session through an RKE gateway, and receives it: session.py GATEWAY RECEIVER"""

import asyncio
import pathlib
import sys
import uuid

import grpc
from google.rpc import error_details_pb2, status_pb2
from rke.v1 import rke_pb2, session_pb2, session_pb2_grpc

SERVICE_CONFIG = pathlib.Path(__file__).parents[2] / "protos" / "service-config.json"


def describe(error: grpc.aio.AioRpcError) -> str:
    """The reason of an error, and its invalid fields. Both are in the trailer grpc-status-details-bin."""
    status = status_pb2.Status()
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status.ParseFromString(value)
    texts = []
    for detail in status.details:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            texts.insert(0, info.reason)
        elif detail.Unpack(bad):
            texts += [violation.field for violation in bad.field_violations]
    return " ".join(texts) or error.code().name


async def receive(sessions: session_pb2_grpc.RkeSessionServiceStub, session_id: bytes) -> session_pb2.ClaimSessionResponse:
    """Waits for the session. A receiver in another process would take any session of its peer."""
    watch = sessions.WatchSessions(session_pb2.WatchSessionsRequest(consumer="example"), timeout=30)
    async for event in watch:
        if event.session.session_id == session_id:
            watch.cancel()
            # With the same key, the call can be repeated if its response is lost.
            key = str(uuid.uuid4())
            claimed = await sessions.ClaimSession(
                session_pb2.ClaimSessionRequest(session_id=session_id, idempotency_key=key), timeout=5)
            await sessions.AcknowledgeSession(
                session_pb2.AcknowledgeSessionRequest(session_id=session_id, idempotency_key=key), timeout=5)
            return claimed
    raise RuntimeError("the gateway ended the stream")


async def main(gateway: str, receiver: str) -> None:
    host, port = receiver.rsplit(":", 1)
    options = [("grpc.service_config", SERVICE_CONFIG.read_text())]
    async with grpc.aio.insecure_channel(gateway, options=options) as channel:
        sessions = session_pb2_grpc.RkeSessionServiceStub(channel)
        request = session_pb2.InitiateSessionRequest(
            endpoint=rke_pb2.Endpoint(host=host, port=int(port)), key_size=7, idempotency_key=str(uuid.uuid4()))
        try:
            await sessions.InitiateSession(request, timeout=5)
        except grpc.aio.AioRpcError as error:
            print("refused:", describe(error))

        request.key_size = 32
        made = await sessions.InitiateSession(request, timeout=30)
        print("initiated:", made.session_id.hex())
        claimed = await receive(sessions, made.session_id)
        print("received:", claimed.session.session_id.hex())
        print("the keys are equal:", claimed.derived_key == made.derived_key)

        # The service config repeats this call if the gateway is unavailable.
        found = await sessions.GetSession(session_pb2.GetSessionRequest(session_id=made.session_id), timeout=5)
        print("state:", session_pb2.Session.State.Name(found.session.state))


asyncio.run(main(*sys.argv[1:3]))
