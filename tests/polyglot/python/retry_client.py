"""Calls Health/Check without a pause, with a service config: retry_client.py TARGET CONFIG SECONDS.

Prints {"ok": n, "failed": {message: n}}.
"""
import collections
import json
import sys
import threading
import time

import grpc

CALLERS = 4

target, config, seconds = sys.argv[1:]
with open(config, encoding="utf-8") as file:
    channel = grpc.insecure_channel(target, options=[("grpc.service_config", file.read())])
call = channel.unary_unary("/grpc.health.v1.Health/Check")
end = time.monotonic() + float(seconds)
answered = [0] * CALLERS
failed = collections.Counter()


def run(caller):
    while time.monotonic() < end:
        try:
            call(b"", timeout=30)
            answered[caller] += 1
        except grpc.RpcError as error:
            failed[error.details()] += 1


callers = [threading.Thread(target=run, args=(caller,)) for caller in range(CALLERS)]
for caller in callers:
    caller.start()
for caller in callers:
    caller.join()
print(json.dumps({"ok": sum(answered), "failed": dict(failed)}))
