"""The gateway that people would otherwise write, in Python: GetKey over gRPC (grpc.aio), one datagram to a raidax key server.

usage: get_key.py STUBS_FOLDER COIN_FILE RAIDA_HOST:PORT

It does what a caller of GetKey needs, and nothing else: docs/WIRE.md sections 2 to 4 and 6, AES-128-CTR under a coin, the CRC of
the challenge, responses that are matched by echo and checked by signature, and retransmission. Prints 'listening HOST:PORT'.
"""
import asyncio
import hmac
import itertools
import os
import secrets
import sys
import zlib

import grpc
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

STUBS, COIN_FILE, SERVER = sys.argv[1:4]
sys.path.insert(0, STUBS)

from rke.v1 import rke_pb2, rke_pb2_grpc  # noqa: E402

RAIDA = 14
NETWORK = 6
TRAILER = b"\x3e\x3e"
PRESENTATION = bytes.fromhex("0000000000000101")
SUCCESS, NO_SUCH_KEY = 250, 194
FIRST_WAIT, LONGEST_WAIT, DEADLINE = 0.3, 0.5, 5.0  # seconds


def read_coin(path):
    """The denomination and serial number of the first coin of a key file of format 9, and its number for the server."""
    with open(path, "rb") as file:
        data = file.read()
    if data[0] != 9:
        raise ValueError(f"{path} is not a key file of format 9")
    numbers = data[32 + 7:]  # after the split, the shard, and the coin
    return data[34:39], numbers[16 * RAIDA:16 * RAIDA + 16]


class Exchanges(asyncio.DatagramProtocol):
    """Exchanges datagrams with one key server on a connected socket."""

    def __init__(self, coin, number):
        self.coin, self.number = coin, number
        self.nonces = itertools.count(secrets.randbits(63))
        self.waiting = {}
        self.key = algorithms.AES(number)

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        exchange = self.waiting.get(data[6:8])
        if len(data) < 32 or exchange is None:
            return
        challenge, answer = exchange
        signature = bytes(left ^ right for left, right in zip(challenge, self.number))
        size = int.from_bytes(data[9:12], "big")
        if (data[0] == RAIDA and data[3] == 4 and size == len(data) - 32 and (size == 0 or data[-2:] == TRAILER)
                and hmac.compare_digest(data[16:32], signature) and not answer.done()):
            answer.set_result(data)

    def error_received(self, error):
        pass  # The request is sent again.

    def crypt(self, nonce, data):
        return Cipher(self.key, modes.CTR(nonce + bytes(8))).encryptor().update(data)

    async def get(self, key_hash):
        nonce = (next(self.nonces) & (1 << 64) - 1).to_bytes(8, "big")
        echo = nonce[6:]
        while echo in self.waiting:
            nonce = (next(self.nonces) & (1 << 64) - 1).to_bytes(8, "big")
            echo = nonce[6:]
        random = os.urandom(12)
        challenge = random + zlib.crc32(random).to_bytes(4, "big")
        payload = key_hash + bytes(21)
        header = (bytes([1, 0, RAIDA, 0, 4, 43]) + NETWORK.to_bytes(2, "big") + PRESENTATION + b"\x01" + self.coin
                  + (16 + len(payload) + 2).to_bytes(2, "big") + nonce)
        request = header + self.crypt(nonce, challenge + payload) + TRAILER
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self.waiting[echo] = challenge, answer
        end, wait = loop.time() + DEADLINE, FIRST_WAIT
        try:
            while True:
                self.transport.sendto(request)
                try:
                    response = await asyncio.wait_for(asyncio.shield(answer), min(wait, end - loop.time()))
                    break
                except asyncio.TimeoutError:
                    wait = min(2 * wait, LONGEST_WAIT)
                    if loop.time() >= end:
                        raise
        finally:
            del self.waiting[echo]
        body = self.crypt(nonce, response[32:-2]) if len(response) > 34 else b""
        return response[2], int.from_bytes(response[12:16], "big"), body


class Service(rke_pb2_grpc.RkeServiceServicer):
    def __init__(self, exchanges):
        self.exchanges = exchanges

    async def GetKey(self, request, context):
        if request.raida_id != RAIDA or len(request.key_id_hash) != 16:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "raida_id and key_id_hash")
        try:
            status, microseconds, body = await self.exchanges.get(request.key_id_hash)
        except asyncio.TimeoutError:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the key server did not answer")
        if status == NO_SUCH_KEY:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such key")
        if status != SUCCESS or len(body) < 6:
            await context.abort(grpc.StatusCode.INTERNAL, f"status {status}")
        response = rke_pb2.GetKeyResponse(key_part=body[5:], raida_id=RAIDA)
        response.sender.denomination = int.from_bytes(body[:1], "big", signed=True)
        response.sender.serial_number = int.from_bytes(body[1:5], "big")
        response.execution_time.FromMicroseconds(microseconds)
        return response


async def serve():
    host, port = SERVER.rsplit(":", 1)
    coin, number = read_coin(COIN_FILE)
    _, exchanges = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Exchanges(coin, number), remote_addr=(host, int(port)))
    server = grpc.aio.server()
    rke_pb2_grpc.add_RkeServiceServicer_to_server(Service(exchanges), server)
    bound = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"listening 127.0.0.1:{bound}", flush=True)
    await server.wait_for_termination()


asyncio.run(serve())
