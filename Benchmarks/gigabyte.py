"""Sends a file as a request body, or receives one as an answer, and prints the seconds it took.

    gigabyte.py upload|download PORT FILE

The kernel does the work in both directions: sendfile up; down, the bytes are dropped where they arrive, as only the
server is to be measured.
"""

from __future__ import annotations

import os
import socket
import sys
import time

PIECE = 1 << 20


def main(direction: str, port: int, path: str) -> None:
    size = os.path.getsize(path)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        start = time.monotonic()
        (upload if direction == "upload" else download)(connection, path, size)
        print(time.monotonic() - start)


def upload(connection: socket.socket, path: str, size: int) -> None:
    connection.sendall(f"PUT /upload HTTP/1.1\r\nHost: bench\r\nContent-Length: {size}\r\n\r\n".encode())
    with open(path, "rb") as file:
        connection.sendfile(file)
    read_head(connection)


def download(connection: socket.socket, path: str, size: int) -> None:
    connection.sendall(b"GET /file HTTP/1.1\r\nHost: bench\r\n\r\n")
    received = len(read_head(connection))
    nowhere = bytearray(PIECE)
    while received < size:
        count = connection.recv_into(nowhere, PIECE, socket.MSG_TRUNC)
        if count == 0:
            sys.exit(f"the answer ended after {received} of {size} bytes")
        received += count


def read_head(connection: socket.socket) -> bytes:
    """Reads the head of a 2xx answer; returns what came of its body."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(4096)
        if not piece:
            sys.exit("the server closed the connection")
        head += piece
    if head.split(b" ", 2)[1][:1] != b"2":
        sys.exit(head.splitlines()[0].decode())
    return head.partition(b"\r\n\r\n")[2]


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
