"""What RFC 9113 and decision 0003 forbid, frame by frame, and what must become of it."""

import json
import struct
import sys

from wire import *  # noqa: F403


def heads(flags=END_STREAM | END_HEADERS, fields=None, stream=1):
    return lambda wire: wire.head(stream, request() if fields is None else fields, flags)


def raw(*frames):
    return lambda wire: wire.send(b"".join(frames))


def then(*steps):
    def send(wire):
        for step in steps:
            step(wire)

    return send


def window(increment, stream):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def setting(number, value):
    return frame(SETTINGS, 0, 0, struct.pack(">HI", number, value))


OPEN = heads(END_HEADERS, request("POST", "/echo"))
WAIT = request("POST", "/wait")
PLAIN = hpack.Encoder().encode(request())
WRONG = ["400", "reset PROTOCOL_ERROR"]
CONNECTION = {
    "DATA on stream 0": (raw(frame(DATA, 0, 0, b"x")), "PROTOCOL_ERROR"),
    "DATA on an idle stream": (raw(frame(DATA, 0, 1, b"x")), "PROTOCOL_ERROR"),
    "HEADERS on stream 0": (raw(frame(HEADERS, 5, 0, PLAIN)), "PROTOCOL_ERROR"),
    "HEADERS on an even stream": (raw(frame(HEADERS, 5, 2, PLAIN)), "PROTOCOL_ERROR"),
    "padding longer than the frame": (
        then(OPEN, raw(frame(DATA, PADDED, 1, b"\x05abc"))), "PROTOCOL_ERROR"),
    "padding longer than the head": (raw(frame(HEADERS, 5 | PADDED, 1, b"\xff" + PLAIN)), "PROTOCOL_ERROR"),
    "a head that cannot be decoded": (raw(frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff")), "COMPRESSION_ERROR"),
    "an index beyond the table": (raw(frame(HEADERS, 5, 1, b"\xbf\xbe\xbf")), "COMPRESSION_ERROR"),
    "a table larger than was allowed": (raw(frame(HEADERS, 5, 1, b"\x3f\xe1\xff\x03" + PLAIN)), "COMPRESSION_ERROR"),
    "CONTINUATION without a head": (raw(frame(CONTINUATION, 4, 1, PLAIN)), "PROTOCOL_ERROR"),
    "another frame amid a head": (
        raw(frame(HEADERS, 1, 1, PLAIN[:5]), frame(PING, 0, 0, bytes(8))), "PROTOCOL_ERROR"),
    "another stream's head amid a head": (
        raw(frame(HEADERS, 1, 1, PLAIN[:5]), frame(CONTINUATION, 4, 3, PLAIN[5:])), "PROTOCOL_ERROR"),
    "an unknown frame amid a head": (
        raw(frame(HEADERS, 1, 1, PLAIN[:5]), frame(0x42, 0, 0, b"")), "PROTOCOL_ERROR"),
    "PUSH_PROMISE from a client": (raw(frame(PUSH_PROMISE, 4, 1, struct.pack(">I", 2) + PLAIN)), "PROTOCOL_ERROR"),
    "RST_STREAM on stream 0": (raw(frame(RST_STREAM, 0, 0, bytes(4))), "PROTOCOL_ERROR"),
    "RST_STREAM on an idle stream": (raw(frame(RST_STREAM, 0, 1, bytes(4))), "PROTOCOL_ERROR"),
    "RST_STREAM of five bytes": (then(OPEN, raw(frame(RST_STREAM, 0, 1, bytes(5)))), "FRAME_SIZE_ERROR"),
    "SETTINGS on a stream": (raw(frame(SETTINGS, 0, 1)), "PROTOCOL_ERROR"),
    "SETTINGS of five bytes": (raw(frame(SETTINGS, 0, 0, bytes(5))), "FRAME_SIZE_ERROR"),
    "SETTINGS that acknowledge with a payload": (raw(frame(SETTINGS, ACK, 0, bytes(6))), "FRAME_SIZE_ERROR"),
    "ENABLE_PUSH of 2": (raw(setting(2, 2)), "PROTOCOL_ERROR"),
    "a window beyond 31 bits": (raw(setting(4, 1 << 31)), "FLOW_CONTROL_ERROR"),
    "frames too small": (raw(setting(5, 100)), "PROTOCOL_ERROR"),
    "frames too large": (raw(setting(5, 1 << 24)), "PROTOCOL_ERROR"),
    "PING on a stream": (raw(frame(PING, 0, 1, bytes(8))), "PROTOCOL_ERROR"),
    "PING of seven bytes": (raw(frame(PING, 0, 0, bytes(7))), "FRAME_SIZE_ERROR"),
    "GOAWAY on a stream": (raw(frame(GOAWAY, 0, 1, bytes(8))), "PROTOCOL_ERROR"),
    "WINDOW_UPDATE of three bytes": (raw(frame(WINDOW_UPDATE, 0, 0, bytes(3))), "FRAME_SIZE_ERROR"),
    "WINDOW_UPDATE by nothing on the connection": (raw(window(0, 0)), "PROTOCOL_ERROR"),
    "WINDOW_UPDATE on an idle stream": (raw(window(1, 1)), "PROTOCOL_ERROR"),
    "the connection's window beyond 31 bits": (raw(window(0x7FFFFFFF, 0)), "FLOW_CONTROL_ERROR"),
    "a frame beyond 16384 bytes": (raw(frame(PING, 0, 0, bytes(16385))), "FRAME_SIZE_ERROR"),
    "DATA beyond 16384 bytes": (then(OPEN, raw(frame(DATA, 0, 1, bytes(16385)))), "FRAME_SIZE_ERROR"),
    "more than the connection's window": (
        then(*[then(heads(END_HEADERS, WAIT, stream), raw(*[frame(DATA, 0, stream, bytes(16384))] * 15))
               for stream in (1, 3, 5, 7, 9)]), "FLOW_CONTROL_ERROR"),
    "a second preface": (raw(PREFACE), ["PROTOCOL_ERROR", "FRAME_SIZE_ERROR"]),
}  # fmt: skip
STREAM = {
    "a stream that depends on itself": (
        raw(frame(HEADERS, 5 | PRIORITISED, 1, struct.pack(">IB", 1, 0) + PLAIN)), ["goaway PROTOCOL_ERROR", "reset PROTOCOL_ERROR", "200"]),
    "WINDOW_UPDATE by nothing": (then(OPEN, raw(window(0, 1))), ["goaway PROTOCOL_ERROR", "reset PROTOCOL_ERROR"]),
    "more than the stream's window": (
        then(heads(END_HEADERS, WAIT), raw(*[frame(DATA, 0, 1, bytes(16384))] * 17)),
        ["reset FLOW_CONTROL_ERROR", "goaway FLOW_CONTROL_ERROR"]),
    "a window beyond 31 bits": (then(OPEN, raw(window(0x7FFFFFFF, 1))), "reset FLOW_CONTROL_ERROR"),
    "PRIORITY of four bytes": (then(OPEN, raw(frame(PRIORITY, 0, 1, bytes(4)))), [
        "reset FRAME_SIZE_ERROR", "goaway FRAME_SIZE_ERROR"]),
    "DATA behind its end": (then(heads(stream=1, fields=request(path="/wait")), raw(frame(DATA, 0, 1, b"x"))), [
        "reset STREAM_CLOSED", "goaway STREAM_CLOSED"]),
    "a second head behind the end": (
        then(heads(stream=1, fields=request(path="/wait")), heads(stream=1)), ["reset STREAM_CLOSED", "goaway STREAM_CLOSED"]),
    "less data than the length": (
        then(heads(END_HEADERS, request("POST", "/echo", [("content-length", "5")])),
             raw(frame(DATA, END_STREAM, 1, b"abc"))), WRONG),
    "more data than the length": (
        then(heads(END_HEADERS, request("POST", "/echo", [("content-length", "2")])),
             raw(frame(DATA, END_STREAM, 1, b"abc"))), WRONG),
    "no data where a length says some": (heads(5, request("POST", "/echo", [("content-length", "2")])), WRONG),
    "trailers that do not end the stream": (then(OPEN, lambda w: w.head(1, [("a", "b")], END_HEADERS)), WRONG),
    "trailers with a pseudo-field": (then(OPEN, lambda w: w.head(1, [(":path", "/")], 5)), WRONG),
    "trailers with capitals": (then(OPEN, lambda w: w.head(1, [("Abc", "b")], 5)), [*WRONG, "200"]),
    "trailers too many": (
        then(OPEN, lambda w: w.head(1, [(f"t{i}", "b") for i in range(200)], 5)), ["reset INTERNAL_ERROR", "400"]),
}  # fmt: skip


# What nghttp2 passes over, although a connection's end would be right: nothing must come of it.
IGNORED = {
    "a stream number that goes back": then(heads(stream=5), heads(stream=3)),
    "PRIORITY on stream 0": raw(frame(PRIORITY, 0, 0, bytes(5))),
    "a frame of an unknown kind": raw(frame(0xEE, 0xFF, 3, bytes(100))),
    "an unknown setting": raw(setting(0x4242, 1)),
    "a priority of RFC 9218": raw(frame(0x10, 0, 0, struct.pack(">I", 3) + b"u=9,i,,=")),
    "a PING that nobody asked back": raw(frame(PING, ACK, 0, bytes(8))),
}


def codes(expected, prefix=""):
    return [prefix + code for code in ([expected] if isinstance(expected, str) else expected)]


def main():
    failures = []
    for name, (send, expected) in CONNECTION.items():
        wire = Wire()
        send(wire)
        found = wire.outcome(99, 10)
        if found not in codes(expected, "goaway "):
            failures.append(f"{name}: {found} instead of {expected}")
        wire.close()
    for name, (send, expected) in STREAM.items():
        wire = Wire()
        send(wire)
        found = wire.outcome(1, 10)
        if found not in codes(expected):
            failures.append(f"{name}: {found} instead of {expected}")
        elif not found.startswith("goaway") and not wire.is_alive(9):
            failures.append(f"{name}: the connection does not live on")
        wire.close()
    for name, send in IGNORED.items():
        wire = Wire()
        send(wire)
        if not wire.is_alive(9):
            failures.append(f"{name}: the connection does not live on")
        wire.close()
    # Heads that the parser of HTTP/1.1 refuses, one connection for as many as it bears.
    wire, stream = Wire(), 1
    for name, fields in json.load(open(sys.argv[1])):
        fields = [(bytes.fromhex(key), bytes.fromhex(value)) for key, value in fields]
        if stream > 60:
            wire.close()
            wire, stream = Wire(), 1
        wire.head(stream, fields, 5)
        found = wire.outcome(stream, 10)
        if not (found.startswith("reset PROTOCOL_ERROR") or found[0] in "45"):
            failures.append(f"{name}: {found}")
            wire, stream = Wire(), -1
        stream += 2
        if not wire.is_alive(stream):
            failures.append(f"{name}: the connection does not live on")
            wire, stream = Wire(), -1
        stream += 2
    print("\n".join(failures) or f"{len(CONNECTION) + len(STREAM)} all right")
    sys.exit(bool(failures))


main()
