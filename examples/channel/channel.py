"""Seals and opens messages with AES-256-GCM under the key of one direction.

    python3 channel.py seal KEY_FILE NUMBER < message > sealed
    python3 channel.py open KEY_FILE NUMBER < sealed > message

KEY_FILE has the key in 64 hexadecimal digits. NUMBER is the number of the message: 0, 1, 2 and so on. It is the nonce, so no number may
be used twice with one key. The receiver accepts each number once, in order.
"""
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAX_MESSAGES = 2**32


def nonce(number: int) -> bytes:
    if not 0 <= number < MAX_MESSAGES:
        raise ValueError("use a new key after 2^32 messages")
    return number.to_bytes(12, "big")


def main() -> int:
    action, key_file, number = sys.argv[1:]
    with open(key_file, encoding="ascii") as file:
        cipher = AESGCM(bytes.fromhex(file.read().strip()))
    data = sys.stdin.buffer.read()
    try:
        work = cipher.encrypt if action == "seal" else cipher.decrypt
        sys.stdout.buffer.write(work(nonce(int(number)), data, None))
    except InvalidTag:
        print("the message was changed, or the key or the number is wrong", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
