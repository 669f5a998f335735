"""Runs the standard gRPC interoperability cases with the official Python client.

usage: interop_client.py HOST:PORT STUBS_FOLDER RUN

Prints one line of JSON a case: {"case": ..., "ok": ..., "detail": ...}. The stubs are what protoc makes of
tests/polyglot/protos. Calls that are cancelled carry x-call-id RUN/CASE, by which the server's side can be asked how
they ended.
"""
import json
import sys
import traceback

import grpc

TARGET, STUBS, RUN = sys.argv[1:4]
sys.path.insert(0, STUBS)

from src.proto.grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc  # noqa: E402

PATIENCE = 30  # seconds; no case takes nearly as long, but none may hang
SLEEP_US = 60_000_000
ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
REQUEST_SIZES = (27182, 8, 1828, 45904)
RESPONSE_SIZES = (31415, 9, 2653, 58979)
SPECIAL_MESSAGE = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
METADATA = ((ECHO_INITIAL, "test_initial_metadata_value"), (ECHO_TRAILING, b"\xab\xab\xab"))


def same(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: expected {expected!r}, was {actual!r}")


def payload(size):
    return messages_pb2.Payload(body=b"\0" * size)


def simple_request(**more):
    return messages_pb2.SimpleRequest(response_size=314159, payload=payload(271828), **more)


def output_request(response_size, request_size, **more):
    parameters = [messages_pb2.ResponseParameters(size=response_size)]
    return messages_pb2.StreamingOutputCallRequest(
        response_parameters=parameters, payload=payload(request_size), **more)


def check_large(response):
    same(response.payload.body, b"\0" * 314159, "payload")


def fails(code, message, call):
    """Runs a call that must fail, with this code and, unless None, this message."""
    try:
        call()
    except grpc.RpcError as error:
        same(error.code(), code, "code")
        if message is not None:
            same(error.details(), message, "message")
    else:
        raise AssertionError(f"expected {code}, the call succeeded")


class Pipe:
    """Requests for a call with streamed requests, written one by one."""

    def __init__(self):
        import queue
        self._queue = queue.Queue()

    def write(self, request):
        self._queue.put(request)

    def close(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def empty_unary(stub):
    same(stub.EmptyCall(empty_pb2.Empty(), timeout=PATIENCE), empty_pb2.Empty(), "answer")


def large_unary(stub):
    check_large(stub.UnaryCall(simple_request(), timeout=PATIENCE))


def client_compressed_unary(stub):
    yes, no = messages_pb2.BoolValue(value=True), messages_pb2.BoolValue(value=False)
    fails(grpc.StatusCode.INVALID_ARGUMENT, None,
          lambda: stub.UnaryCall(simple_request(expect_compressed=yes), timeout=PATIENCE))
    check_large(stub.UnaryCall(
        simple_request(expect_compressed=yes), timeout=PATIENCE, compression=grpc.Compression.Gzip))
    check_large(stub.UnaryCall(simple_request(expect_compressed=no), timeout=PATIENCE))


def server_compressed_unary(stub):
    for compressed in (True, False):
        wish = messages_pb2.BoolValue(value=compressed)
        check_large(stub.UnaryCall(simple_request(response_compressed=wish), timeout=PATIENCE))


def client_streaming(stub):
    requests = (messages_pb2.StreamingInputCallRequest(payload=payload(size)) for size in REQUEST_SIZES)
    response = stub.StreamingInputCall(requests, timeout=PATIENCE)
    same(response.aggregated_payload_size, 74922, "aggregated size")


def server_streaming(stub):
    request = messages_pb2.StreamingOutputCallRequest(
        response_parameters=[messages_pb2.ResponseParameters(size=size) for size in RESPONSE_SIZES])
    sizes = [len(response.payload.body) for response in stub.StreamingOutputCall(request, timeout=PATIENCE)]
    same(sizes, list(RESPONSE_SIZES), "sizes")


def ping_pong(stub):
    pipe = Pipe()
    call = stub.FullDuplexCall(iter(pipe), timeout=PATIENCE)
    for response_size, request_size in zip(RESPONSE_SIZES, REQUEST_SIZES):
        pipe.write(output_request(response_size, request_size))
        same(len(next(call).payload.body), response_size, "size")
    pipe.close()
    same(list(call), [], "further answers")
    same(call.code(), grpc.StatusCode.OK, "code")


def empty_stream(stub):
    same(list(stub.FullDuplexCall(iter(()), timeout=PATIENCE)), [], "answers")


def check_metadata(call):
    same(dict(call.initial_metadata()).get(ECHO_INITIAL), METADATA[0][1], ECHO_INITIAL)
    same(dict(call.trailing_metadata()).get(ECHO_TRAILING), METADATA[1][1], ECHO_TRAILING)


def custom_metadata(stub):
    response, unary = stub.UnaryCall.with_call(simple_request(), timeout=PATIENCE, metadata=METADATA)
    check_large(response)
    check_metadata(unary)
    duplex = stub.FullDuplexCall(iter([output_request(314159, 271828)]), timeout=PATIENCE, metadata=METADATA)
    same(len(list(duplex)), 1, "answers")
    check_metadata(duplex)


def status_code_and_message(stub):
    status = messages_pb2.EchoStatus(code=2, message="test status message")
    fails(grpc.StatusCode.UNKNOWN, status.message,
          lambda: stub.UnaryCall(messages_pb2.SimpleRequest(response_status=status), timeout=PATIENCE))
    request = messages_pb2.StreamingOutputCallRequest(response_status=status)
    fails(grpc.StatusCode.UNKNOWN, status.message,
          lambda: list(stub.FullDuplexCall(iter([request]), timeout=PATIENCE)))


def special_status_message(stub):
    status = messages_pb2.EchoStatus(code=2, message=SPECIAL_MESSAGE)
    fails(grpc.StatusCode.UNKNOWN, SPECIAL_MESSAGE,
          lambda: stub.UnaryCall(messages_pb2.SimpleRequest(response_status=status), timeout=PATIENCE))


def unimplemented_method(stub):
    fails(grpc.StatusCode.UNIMPLEMENTED, None, lambda: stub.UnimplementedCall(empty_pb2.Empty(), timeout=PATIENCE))


def unimplemented_service(stub):
    other = test_pb2_grpc.UnimplementedServiceStub(CHANNEL)
    fails(grpc.StatusCode.UNIMPLEMENTED, None, lambda: other.UnimplementedCall(empty_pb2.Empty(), timeout=PATIENCE))


def cancelled_metadata(name):
    return (METADATA[0], ("x-call-id", f"{RUN}/{name}"))


def cancel_after_begin(stub):
    pipe = Pipe()
    call = stub.StreamingInputCall.future(
        iter(pipe), timeout=PATIENCE, metadata=cancelled_metadata("cancel_after_begin"))
    call.initial_metadata()  # the server has begun
    call.cancel()
    pipe.close()
    same(call.code(), grpc.StatusCode.CANCELLED, "code")


def cancel_after_first_response(stub):
    pipe = Pipe()
    call = stub.FullDuplexCall(
        iter(pipe), timeout=PATIENCE, metadata=cancelled_metadata("cancel_after_first_response"))
    pipe.write(output_request(RESPONSE_SIZES[0], REQUEST_SIZES[0]))
    same(len(next(call).payload.body), RESPONSE_SIZES[0], "size")
    call.cancel()
    fails(grpc.StatusCode.CANCELLED, None, lambda: next(call))
    pipe.close()


def cancel_sleeping_server(stub):
    """Not one of the standard cases: the request has ended, so the server learns of the cancellation as such."""
    request = messages_pb2.StreamingOutputCallRequest(response_parameters=[
        messages_pb2.ResponseParameters(size=1),
        messages_pb2.ResponseParameters(size=1, interval_us=SLEEP_US),
    ])
    call = stub.StreamingOutputCall(request, timeout=PATIENCE, metadata=cancelled_metadata("cancel_sleeping_server"))
    same(len(next(call).payload.body), 1, "size")
    call.cancel()
    fails(grpc.StatusCode.CANCELLED, None, lambda: next(call))


def timeout_on_sleeping_server(stub):
    pipe = Pipe()
    call = stub.FullDuplexCall(iter(pipe), timeout=0.001)
    pipe.write(messages_pb2.StreamingOutputCallRequest(payload=payload(27182)))
    fails(grpc.StatusCode.DEADLINE_EXCEEDED, None, lambda: next(call))
    pipe.close()


CASES = (
    empty_unary, large_unary, client_compressed_unary, server_compressed_unary, client_streaming, server_streaming,
    ping_pong, empty_stream, custom_metadata, status_code_and_message, special_status_message,
    unimplemented_method, unimplemented_service, cancel_after_begin, cancel_after_first_response, cancel_sleeping_server,
    timeout_on_sleeping_server,
)

CHANNEL = grpc.insecure_channel(TARGET, options=(("grpc.enable_http_proxy", 0),))
STUB = test_pb2_grpc.TestServiceStub(CHANNEL)
for case in CASES:
    try:
        case(STUB)
        ok, detail = True, ""
    except Exception:  # a case reports, whatever went wrong
        ok, detail = False, traceback.format_exc()
    print(json.dumps({"case": case.__name__, "ok": ok, "detail": detail}), flush=True)
CHANNEL.close()
