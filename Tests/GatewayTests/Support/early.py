"""Clients of a service that answers before their bodies have come: `early.py PORT` prints what went wrong, or `all right`."""

import socket
import sys
import threading
import time

port = int(sys.argv[1])
HEAD = b"PUT /asr/early HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\nhello"


def connect():
    client = socket.create_connection(("127.0.0.1", port))
    client.settimeout(5)
    return client


def goes_on():
    """The rest of a short body comes late, and then another request."""
    with connect() as client:
        client.sendall(HEAD % 10)
        answer = client.recv(4096)
        if b"403" not in answer:
            return f"answered {answer!r}"
        if b"connection: close" in answer.lower():
            return None
        time.sleep(0.03)
        client.sendall(b"world")
        time.sleep(0.01)
        client.sendall(b"GET /asr/early HTTP/1.1\r\nHost: a\r\n\r\n")
        again = client.recv(4096)
        return None if again.startswith(b"HTTP/1.1 403") else f"the next request is answered {again!r}"


def leave():
    """Many leave just when they are answered."""
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            clients = [connect() for _ in range(12)]
            for client in clients:
                client.sendall(HEAD % 1000)
            clients[0].recv(1)
            for client in clients:
                client.close()
        except OSError:
            pass


problems = [problem for problem in (goes_on() for _ in range(30)) if problem]
threads = [threading.Thread(target=leave) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
last = goes_on()
print("\n".join([*problems[:3], *([last] if last else [])]) or "all right")
