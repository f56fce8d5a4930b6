"""Frames made by hand, for what no honest client sends. Only the coding of heads is a library's (hpack)."""

import os
import socket
import ssl
import struct
import time

import hpack

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITISED = 1, 1, 4, 8, 32
CODES = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
]  # fmt: skip
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def request(method="GET", path="/hello", more=(), authority="a", scheme="http"):
    return [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path), *more]


class Wire:
    def __init__(self, settings=b"", preface=PREFACE, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", int(os.environ["PORT"])))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if os.environ.get("TLS"):
            context = ssl.create_default_context(cafile=os.environ["TLS"])
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            assert self.socket.selected_alpn_protocol() == "h2"
        self.received = b""
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.is_over, self.body = False, b""
        if preface is not None:
            # The server's own settings hold once they are acknowledged.
            self.send(preface + frame(SETTINGS, 0, 0, settings) + frame(SETTINGS, ACK, 0))

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.is_over = True

    def head(self, stream, fields, flags=END_STREAM | END_HEADERS):
        self.send(frame(HEADERS, flags, stream, self.encoder.encode(fields)))

    def get(self, stream, path="/hello"):
        self.head(stream, request(path=path))

    def next(self, seconds=20):
        """The next frame as (kind, flags, stream, payload); None at the end, or when nothing comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            if len(self.received) >= 9:
                length = int.from_bytes(self.received[:3], "big")
                if len(self.received) >= 9 + length:
                    kind, flags = self.received[3], self.received[4]
                    stream = struct.unpack(">I", self.received[5:9])[0] & 0x7FFFFFFF
                    payload = self.received[9 : 9 + length]
                    self.received = self.received[9 + length :]
                    return kind, flags, stream, payload
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                block = self.socket.recv(1 << 16)
            except (TimeoutError, socket.timeout):
                return None
            except (ConnectionResetError, ssl.SSLError):
                block = b""
            finally:
                self.socket.settimeout(20)
            if not block:
                self.is_over = True
                return None
            self.received += block

    def outcome(self, stream=1, seconds=20):
        """What became of a stream: `200`, `reset CODE`, `goaway CODE`, `closed` or `nothing`. The body is kept."""
        status, self.body, self.fields = None, b"", {}
        while True:
            came = self.next(seconds)
            if came is None:
                return "closed" if self.is_over else "nothing"
            kind, flags, number, payload = came
            if kind == GOAWAY and payload[4:8] != bytes(4):
                return "goaway " + CODES[int.from_bytes(payload[4:8], "big")]
            if kind == HEADERS:
                fields = dict(self.decoder.decode(payload))
                if number == stream and ":status" in fields:
                    status, self.fields = fields[":status"], fields
                    self.statuses = [*getattr(self, "statuses", []), status]
            if number != stream:
                continue
            if kind == RST_STREAM:
                code = CODES[int.from_bytes(payload, "big")]
                if status is None or code != "NO_ERROR":
                    return "reset " + code
            if kind == DATA:
                self.body += payload
            if kind in (HEADERS, DATA) and flags & END_STREAM:
                return status

    def is_alive(self, stream):
        self.get(stream)
        return self.outcome(stream) == "200"

    def close(self):
        self.socket.close()
