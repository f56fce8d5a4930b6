"""Clients of HTTP/2: httpx and h2 for what is honest, frames by hand for what is slow, late or odd. One scenario a run."""

import socket
import sys
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import httpx
from wire import *  # noqa: F403


def honest():
    tls = os.environ.get("TLS")
    base = f"{'https://localhost' if tls else 'http://127.0.0.1'}:{os.environ['PORT']}"
    blocks = [bytes([number]) * 65536 for number in range(40)]
    with httpx.Client(base_url=base, http1=False, http2=True, timeout=20, verify=tls or True) as client:
        answer = client.get("/hello", params={"name": "x y"})
        assert (answer.http_version, answer.status_code, answer.text) == ("HTTP/2", 200, "hello x y"), answer
        assert answer.headers["x-request-id"] and answer.headers["date"]
        with client.stream("PUT", "/echo", content=iter(blocks)) as answer:
            assert b"".join(answer.iter_bytes()) == b"".join(blocks)
        assert client.put("/echo", content=b"").content == b""
        head = client.head("/hello")
        assert head.headers["content-length"] == "12" and head.content == b""
        assert client.get("/nothing").json()["code"] == "not_found"
        assert client.post("/hello").status_code == 405
        assert client.options("/hello").status_code == 204
        assert client.get("/file").content == open(os.environ["FILE"], "rb").read()
        part = client.get("/file", headers={"range": "bytes=1000-1999"})
        assert part.status_code == 206 and len(part.content) == 1000
        cookies = [("cookie", "a=1"), ("cookie", "b=2")]
        assert client.get("/cookies", headers=cookies).text == "a=1; b=2"
        broken = client.get("/capitals")
        assert broken.headers["x-capital"] == "1" and "connection" not in broken.headers
        assert client.get("/late-failure").status_code == 418


def continues():
    wire = Wire()
    wire.head(1, request("PUT", "/echo", [("expect", "100-continue")]), END_HEADERS)
    time.sleep(0.05)
    wire.send(frame(DATA, END_STREAM, 1, b"body"))
    assert wire.outcome() == "200" and wire.statuses == ["100", "200"] and wire.body == b"body"
    # One that nobody reads is not asked for.
    wire.head(3, request("POST", "/unread", [("expect", "100-continue")]), END_HEADERS)
    assert wire.outcome(3) == "200" and wire.statuses == ["100", "200", "200"]
    # Trailers are read over.
    wire.head(5, request("PUT", "/echo"), END_HEADERS)
    wire.send(frame(DATA, 0, 5, b"trailed"))
    wire.head(5, [("checksum", "1")])
    assert wire.outcome(5) == "200" and wire.body == b"trailed"
    # Padding is none of the body.
    wire.head(7, request("PUT", "/echo"), END_HEADERS)
    wire.send(frame(DATA, PADDED | END_STREAM, 7, b"\x03abc\0\0\0"))
    assert wire.outcome(7) == "200" and wire.body == b"abc"
    # One that did not wait is not asked to go on once the answer has begun.
    head = wire.encoder.encode(request("PUT", "/echo", [("expect", "100-continue")]))
    wire.send(frame(HEADERS, END_HEADERS, 9, head) + frame(DATA, 0, 9, b"first"))
    while wire.body != b"first":
        wire.outcome(9, 0.05)
    wire.send(frame(DATA, END_STREAM, 9, b"last"))
    wire.outcome(9)
    assert wire.body == b"last" and wire.statuses.count("100") == 1
    # What is announced comes before the answer.
    wire.head(11, request("GET", "/hints"), END_HEADERS | END_STREAM)
    assert wire.outcome(11) == "200" and wire.statuses[-2:] == ["103", "200"] and wire.body == b"hinted"


def connect():
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    plain = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])))
    plain.settimeout(20)
    connection.initiate_connection()
    plain.sendall(connection.data_to_send())
    return plain, connection


def interleaved():
    """A hundred bodies at once, a piece of each in turn."""
    plain, connection = connect()
    connection.increment_flow_control_window(8 << 20)
    streams = [2 * number + 1 for number in range(100)]
    bodies = {stream: bytes([stream % 251]) * (5000 + stream) for stream in streams}
    sent, back, ended = dict.fromkeys(streams, 0), dict.fromkeys(streams, b""), set()
    for stream in streams:
        connection.send_headers(stream, request("PUT", "/echo"))
    plain.sendall(connection.data_to_send())
    while len(ended) < 100:
        for stream in streams:
            left = len(bodies[stream]) - sent[stream]
            if not left or sent[stream] < 0:
                continue
            count = min(1000, left, connection.local_flow_control_window(stream))
            piece = bodies[stream][sent[stream] : sent[stream] + count]
            connection.send_data(stream, piece, end_stream=count == left)
            sent[stream] = sent[stream] + count if count < left else len(bodies[stream])
        plain.sendall(connection.data_to_send())
        if all(sent[stream] == len(bodies[stream]) for stream in streams) or plain in select(plain):
            for event in connection.receive_data(plain.recv(1 << 16)):
                if isinstance(event, h2.events.DataReceived):
                    back[event.stream_id] += event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    ended.add(event.stream_id)
                elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                    raise AssertionError(event)
    assert back == bodies


def select(plain):
    import select

    return select.select([plain], [], [], 0)[0]


def windows():
    # Ours is honoured: nothing before there is room, then no byte more.
    wire = Wire(struct.pack(">HI", 4, 0))
    wire.get(1, "/big")
    assert wire.outcome(1, 0.3) == "nothing" and wire.body == b"" and wire.fields[":status"] == "200"
    for room in (1, 999, 20000):
        wire.send(frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", room)))
        assert wire.outcome(1, 0.3) == "nothing" and len(wire.body) == room, len(wire.body)
    wire.close()
    # Theirs is held to what was said, while no handler takes anything.
    plain, connection = connect()
    connection.send_headers(1, request("POST", "/wait"))
    plain.sendall(connection.data_to_send())
    deadline = time.monotonic() + 1
    sent = 0
    while time.monotonic() < deadline:
        count = min(16384, connection.local_flow_control_window(1))
        if count:
            connection.send_data(1, bytes(count))
            plain.sendall(connection.data_to_send())
            sent += count
        if plain in select(plain):
            connection.receive_data(plain.recv(1 << 16))
    assert sent == 256 * 1024, sent


def given_up():
    wire = Wire()
    wire.get(1, "/wait")
    wire.get(3, "/hello")
    assert wire.outcome(3) == "200"
    wire.send(frame(RST_STREAM, 0, 1, struct.pack(">I", 8)))
    assert wire.is_alive(5)


def refused():
    """Handlers of requests that were given up count until they have ended."""
    wire = Wire()
    for number in range(9):
        wire.get(2 * number + 1, "/stubborn")
    stream, deadline = 19, time.monotonic() + 10
    while wire.body != b"9" and time.monotonic() < deadline:
        wire.get(stream, "/begun")
        assert wire.outcome(stream) == "200"
        stream += 2
    for number in range(9):
        wire.send(frame(RST_STREAM, 0, 2 * number + 1, struct.pack(">I", 8)))
    wire.get(stream, "/wait")
    wire.get(stream + 2)
    assert wire.outcome(stream + 2) == "reset REFUSED_STREAM"
    # There is room again once they have ended.
    wire.send(frame(RST_STREAM, 0, stream, struct.pack(">I", 8)))
    found, stream = None, stream + 2
    while found != "200":
        assert found in (None, "reset REFUSED_STREAM") and time.monotonic() < deadline, found
        # Not so often that it is a flood.
        time.sleep(0.05)
        stream += 2
        wire.get(stream)
        found = wire.outcome(stream)


def events():
    wire = Wire()
    wire.get(1, "/events")
    came = b""
    while came.count(b"data: ") < 3:
        kind, flags, stream, payload = wire.next()
        if kind == HEADERS:
            wire.decoder.decode(payload)
        if kind == DATA:
            assert not flags & END_STREAM
            came += payload
    assert wire.is_alive(3)
    wire.send(frame(RST_STREAM, 0, 1, struct.pack(">I", 8)))
    assert wire.is_alive(5)


def bounds():
    """With a body limit of 1000 bytes, times of half a second."""
    wire = Wire()
    wire.head(1, request("PUT", "/echo", [("content-length", "1001")]), END_HEADERS)
    assert wire.outcome(1) == "413"
    wire.head(3, request("POST", "/collect"), END_HEADERS)
    wire.send(frame(DATA, 0, 3, bytes(1001)))
    assert wire.outcome(3) == "413"
    wire.head(5, request("POST", "/collect"), END_HEADERS)
    assert wire.outcome(5) == "408"
    wire.get(7, "/wait")
    assert wire.outcome(7) == "503" and b"request_timeout" in wire.body
    assert wire.is_alive(9)
    # A client that never makes room loses its stream, not its connection.
    wire.close()
    wire = Wire(struct.pack(">HI", 4, 0))
    wire.get(1, "/big")
    assert wire.outcome(1, 5) == "reset CANCEL"
    wire.head(3, request("HEAD"))
    assert wire.outcome(3) == "200"
    # One that reads nothing at all loses it.
    wire = Wire(struct.pack(">HI", 4, 0x7FFFFFFF), receive_buffer=4096)
    wire.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFF0000)))
    wire.get(1, "/big")
    time.sleep(1.5)
    assert wire.outcome(1) == "closed"
    for begun in (PREFACE[:20], PREFACE, PREFACE + frame(SETTINGS, 0, 0)[:5]):
        wire = Wire(preface=None)
        wire.send(begun)
        began = time.monotonic()
        assert wire.outcome(0, 5) == "closed" and time.monotonic() - began < 3, begun
    wire = Wire()
    wire.head(1, request(), END_STREAM)
    assert wire.outcome(1, 5) == "goaway ENHANCE_YOUR_CALM"
    wire = Wire()
    assert wire.is_alive(1)
    assert wire.outcome(0, 5) == "closed"


def load():
    """Requests on kept connections until the server is gone; each that it did not refuse by GOAWAY must be answered."""
    failures, answered = [], [0]

    def worker():
        while True:
            try:
                plain, connection = connect()
            except OSError:
                return
            stream, is_leaving = 1, False
            while not is_leaving:
                connection.send_headers(stream, request(path="/work"), end_stream=True)
                try:
                    plain.sendall(connection.data_to_send())
                except OSError as error:
                    return failures.append(f"sending: {error}")
                is_answered = False
                while not is_answered:
                    try:
                        block = plain.recv(1 << 16)
                    except OSError as error:
                        block = b""
                    if not block:
                        # Closed on a request that its GOAWAY did not count among those taken.
                        if not is_leaving or last >= stream:
                            failures.append(f"closed on request {stream}")
                        return
                    for event in connection.receive_data(block):
                        if isinstance(event, h2.events.ConnectionTerminated):
                            is_leaving, last = True, event.last_stream_id
                            assert event.error_code == 0
                        elif isinstance(event, h2.events.StreamEnded):
                            is_answered = True
                            answered[0] += 1
                        elif isinstance(event, h2.events.StreamReset):
                            return failures.append(f"reset {event.error_code}")
                    if is_leaving and last < stream:
                        break
                plain.sendall(connection.data_to_send())
                stream += 2
            plain.close()

    workers = [threading.Thread(target=worker) for _ in range(8)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    print(f"{answered[0]} answered")
    assert answered[0] > 50 and not failures, failures[:5]


globals()[sys.argv[1]]()
print("all right")
