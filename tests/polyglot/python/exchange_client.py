"""Exchanges a key part through a gateway with the official Python client.

usage: exchange_client.py HOST:PORT STUBS_FOLDER RAIDA_ID

Waits until the gateway is there. Prints {"same": true, "server": …} when what comes back is what was posted. The stubs are
what protoc makes of protos/rke/v1/rke.proto.
"""
import json
import os
import sys

import grpc

TARGET, STUBS, RAIDA = sys.argv[1:4]
sys.path.insert(0, STUBS)

from rke.v1 import rke_pb2, rke_pb2_grpc  # noqa: E402

PATIENCE = 90  # seconds, for a gateway that is just being started

with grpc.insecure_channel(TARGET) as channel:
    rke = rke_pb2_grpc.RkeServiceStub(channel)
    part = os.urandom(16)
    posted = rke.PostKey(
        rke_pb2.PostKeyRequest(raida_id=int(RAIDA), key_part=part), timeout=PATIENCE, wait_for_ready=True)
    got = rke.GetKey(
        rke_pb2.GetKeyRequest(raida_id=int(RAIDA), key_id_hash=posted.key_id_hash), timeout=PATIENCE)
    print(json.dumps({"same": got.key_part == part, "server": f"{posted.server.host}:{posted.server.port}"}))
