"""Floods, each of which must end in ENHANCE_YOUR_CALM while it is still small. What is counted are frames, or pairs of them,
that were sent; some of them no longer reach the server.
"""

import os
import struct
import sys
import time

from wire import *  # noqa: F403



def reset(stream):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", 8))


def flood(make, limit=20000, first=None):
    """Sends pieces until the server has had enough; answers how it ended and after how many."""
    wire = Wire()
    if first:
        first(wire)
    wire.socket.setblocking(True)
    sent = 0
    while sent < limit and not wire.is_over:
        wire.send(b"".join(make(wire, number) for number in range(sent, sent + 50)))
        sent += 50
        found = wire.outcome(0, 0.001)
        if found not in ("nothing", None):
            return found, sent
    return wire.outcome(0, 5), sent


def rapid_reset(wire, number):
    return frame(HEADERS, 5, 2 * number + 1, wire.encoder.encode(request(path="/wait"))) + reset(2 * number + 1)


def provoked_reset(wire, number):
    """The client has the server reset each stream: a window that overflows."""
    stream = 2 * number + 1
    return frame(HEADERS, 5, stream, wire.encoder.encode(request(path="/wait"))) + frame(
        WINDOW_UPDATE, 0, stream, struct.pack(">I", 0x7FFFFFFF)
    )


def continuation(wire, number):
    return frame(CONTINUATION, 0, 1, b"")


def open_head(wire):
    wire.send(frame(HEADERS, 1, 1, wire.encoder.encode(request())[:5]))


def open_body(wire):
    wire.head(1, request("POST", "/wait"), END_HEADERS)


BASE = hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(name, value) for name, value in request()])


def bomb(wire, number):
    """One long field in the table, named by a byte a thousand times."""
    field = b"\x40\x01a\x7f\xd2\x1e" + b"b" * 4049 if number == 0 else b""
    return frame(HEADERS, 5, 2 * number + 1, BASE + field + b"\xbe" * 8000)


FLOODS = {
    "requests given up": (rapid_reset, None, 2000),
    "requests that we must reset": (provoked_reset, None, 2000),
    "a head without end": (continuation, open_head, 1000),
    "a head without end, in long pieces": (lambda w, n: frame(CONTINUATION, 0, 1, bytes(16384)), open_head, 1000),
    "pings": (lambda w, n: frame(PING, 0, 0, bytes(8)), None, 3000),
    "settings": (lambda w, n: frame(SETTINGS, 0, 0), None, 3000),
    "priorities": (lambda w, n: frame(PRIORITY, 0, 1, bytes([0, 0, 0, 3, 1])), None, 3000),
    "updates of the window": (lambda w, n: frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)), None, 3000),
    "frames of an unknown kind": (lambda w, n: frame(0xEE, 0, 0), None, 3000),
    "empty pieces of a body": (lambda w, n: frame(DATA, 0, 1), open_body, 3000),
    "pieces of one byte": (lambda w, n: frame(DATA, 0, 1, b"x"), open_body, 3000),
    "a head that grows": (bomb, None, 1000),
}


def main():
    failures = []
    for name, (make, first, bound) in FLOODS.items():
        began = time.monotonic()
        found, sent = flood(make, first=first)
        took = time.monotonic() - began
        # Being cut off while still sending may take the last word away.
        ends = ["goaway ENHANCE_YOUR_CALM", "closed"]
        if make is provoked_reset:
            # It may also have more than a hundred open before the first resets reach it.
            ends.append("goaway PROTOCOL_ERROR")
        if found not in ends or sent > bound:
            failures.append(f"{name}: {found} after {sent}")
        print(f"{name}: {found} after {sent}, {took * 1000:.0f} ms", file=sys.stderr)
    wire = Wire()
    if not wire.is_alive(1):
        failures.append("the server does not answer any more")
    print("\n".join(failures) or "all right")
    sys.exit(bool(failures))


main()
