"""Makes sessions with InitiateSessionStream, and measures when each step ends.

usage: sessions.py HOST:PORT STUBS_FOLDER RECEIVER_HOST:PORT SESSIONS AT_A_TIME

Prints one line for each step: its name, and the median and the 99th percentile of the time since the start of the session, in
microseconds, as the gateway reports it. The last line, 'client', is the time that the client measures.
"""
import asyncio
import collections
import os
import sys
import time

import grpc

TARGET, STUBS, RECEIVER, SESSIONS, AT_A_TIME = sys.argv[1:6]
sys.path.insert(0, STUBS)

from rke.v1 import session_pb2, session_pb2_grpc  # noqa: E402

times = collections.defaultdict(list)


async def make(service, measured):
    host, port = RECEIVER.rsplit(":", 1)
    request = session_pb2.InitiateSessionStreamRequest()
    request.session.endpoint.host, request.session.endpoint.port = host, int(port)
    steps, start = {}, time.perf_counter()
    async for step in service.InitiateSessionStream(request, timeout=30):
        # The last part that was sent or posted counts.
        steps[step.WhichOneof("step")] = step.elapsed.ToMicroseconds()
        if step.WhichOneof("step") == "result" and not step.result.key:
            raise SystemExit("a session has no key")
    if "result" not in steps:
        raise SystemExit("a session has no result")
    if measured:
        steps["client"] = (time.perf_counter() - start) * 1e6
        for name, elapsed in steps.items():
            times[name].append(elapsed)


async def main():
    async with grpc.aio.insecure_channel(TARGET) as channel:
        service = session_pb2_grpc.RkeSessionServiceStub(channel)
        limit = asyncio.Semaphore(int(AT_A_TIME))

        async def limited(measured):
            async with limit:
                await make(service, measured)

        await asyncio.gather(*(limited(False) for _ in range(int(SESSIONS) // 4 + 1)))
        start = time.perf_counter()
        await asyncio.gather(*(limited(True) for _ in range(int(SESSIONS))))
        print("rate", round(int(SESSIONS) / (time.perf_counter() - start), 1))
    for name, values in times.items():
        values.sort()
        print(name, round(values[len(values) // 2]), round(values[len(values) * 99 // 100]))


asyncio.run(main())

