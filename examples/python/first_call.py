import os
import sys

import grpc
from rke.v1 import rke_pb2, rke_pb2_grpc

with grpc.insecure_channel(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:5001") as channel:
    rke = rke_pb2_grpc.RkeServiceStub(channel)
    part = os.urandom(16)

    posted = rke.PostKey(rke_pb2.PostKeyRequest(raida_id=14, key_part=part), timeout=5)
    got = rke.GetKey(rke_pb2.GetKeyRequest(raida_id=14, key_id_hash=posted.key_id_hash), timeout=5)

    print(f"posted to {posted.server.host}:{posted.server.port}, got the same back: {got.key_part == part}")
