"""A server behind proxies that drops what is sent to it and serves one file, at the cost of hardly any CPU.

    sink.py PORT FILE

An upload is answered when all of it has come, whatever a proxy does with answers that come early.
"""

from __future__ import annotations

import os
import socket
import sys
import threading

PIECE = 1 << 20


def main(port: int, path: str) -> None:
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, path), daemon=True).start()


def _serve(connection: socket.socket, path: str) -> None:
    nowhere = bytearray(PIECE)
    received = b""
    with connection:
        while True:
            while b"\r\n\r\n" not in received:
                piece = connection.recv(65536)
                if not piece:
                    return
                received += piece
            head, _, received = received.partition(b"\r\n\r\n")
            left = _length(head) - len(received)
            received = b"" if left >= 0 else received[left:]
            while left > 0:
                count = connection.recv_into(nowhere, min(PIECE, left), socket.MSG_TRUNC)
                if count == 0:
                    return
                left -= count
            if head.startswith(b"GET /file"):
                size = os.path.getsize(path)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
                with open(path, "rb") as file:
                    connection.sendfile(file)
            else:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


main(int(sys.argv[1]), sys.argv[2])
