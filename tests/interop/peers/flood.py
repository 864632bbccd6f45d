"""Strangers by the thousand, each from an address of its own in 127/8, at a bounded rate. Needs no privilege.

flood.py KIND PORT COUNT PER_SECOND, KIND: bindings, allocates, junk, guesses (wrong passwords, each from one of 50
addresses, behind the 401 that gives it its nonce). Prints how many bytes went out and came back, IP and UDP headers
counted, for as long as the kernel kept the answers.
"""

import hashlib
import hmac
import json
import os
import random
import select
import socket
import struct
import sys
import time

COOKIE = 0x2112A442
HEADERS = 28  # IPv4 and UDP
BURST = 20


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def message(kind, body=b"", trailer=0):
    return struct.pack(">HHI", kind, len(body) + trailer, COOKIE) + os.urandom(12) + body


def attributes(answer):
    at, found = 20, {}
    while at + 4 <= len(answer):
        kind, size = struct.unpack(">HH", answer[at : at + 4])
        found[kind] = answer[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4
    return found


def guess(challenge):
    given = attributes(challenge)
    if 0x15 not in given:
        return None
    body = attribute(0x19, b"\x11\0\0\0") + attribute(6, b"alice") + attribute(0x14, given[0x14]) + attribute(0x15, given[0x15])
    head = message(3, body, 24)
    key = hashlib.md5(b"alice:" + given[0x14] + b":guess%d" % random.randrange(1 << 30)).digest()
    return head + attribute(8, hmac.new(key, head, hashlib.sha1).digest())


def words(kind):
    if kind == "bindings":
        return message(1)
    if kind in ("allocates", "guesses"):
        return message(3, attribute(0x19, b"\x11\0\0\0"))
    return os.urandom(random.randrange(1, 1200))


def address(kind, i):
    if kind == "guesses":
        return f"127.77.0.{1 + i % 50}"
    return f"127.{16 + random.randrange(200)}.{random.randrange(256)}.{1 + random.randrange(254)}"


def main():
    kind, port, count, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    server = ("127.0.0.1", port)
    told = {"sent": 0, "answers": 0, "bytesSent": 0, "bytesBack": 0, "largestRatio": 0.0, "successes": 0}
    waiting = []
    began = time.monotonic()
    for i in range(count):
        stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stranger.setblocking(False)
        stranger.bind((address(kind, i), 0))
        said = words(kind)
        stranger.sendto(said, server)
        told["sent"] += 1
        told["bytesSent"] += len(said) + HEADERS
        waiting.append((stranger, said))
        if len(waiting) == BURST:
            hear(waiting, told, kind, server)
            waiting.clear()
            time.sleep(max(0.0, began + (i + 1) / rate - time.monotonic()))
    print(json.dumps(told))


def hear(waiting, told, kind, server):
    """A burst's answers; junk gets none, which is looked at but not waited for. The
    first word of a guess is only how it comes to its nonce."""
    for stranger, said in waiting:
        for _ in range(2 if kind == "guesses" else 1):
            if not select.select([stranger], [], [], 0 if kind == "junk" else 0.005)[0]:
                break
            answer = stranger.recv(2048)
            told["answers"] += 1
            told["bytesBack"] += len(answer) + HEADERS
            told["largestRatio"] = max(told["largestRatio"], (len(answer) + HEADERS) / (len(said) + HEADERS))
            if struct.unpack(">H", answer[:2])[0] == 0x0103:
                told["successes"] += 1
            said = guess(answer) if kind == "guesses" else None
            if not said:
                break
            stranger.sendto(said, server)
            told["sent"] += 1
            told["bytesSent"] += len(said) + HEADERS
        stranger.close()


main()
