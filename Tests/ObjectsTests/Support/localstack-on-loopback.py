"""Runs LocalStack's S3 on 127.0.0.1 for the tests: `localstack-on-loopback.py FOLDER`.

It says "Port N", and "Ready." when it answers there. By itself it listens on every address, whatever GATEWAY_LISTEN
says. Here no socket of it leaves the machine: what it binds is bound on loopback, and what it would reach elsewhere is
refused.
"""

import os
import socket
import sys
import tempfile

folder = sys.argv[1]
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
print(f"Port {port}", flush=True)

tempfile.tempdir = folder
os.environ.update(
    SERVICES="s3",
    GATEWAY_LISTEN=f"127.0.0.1:{port}",
    LOCALSTACK_HOST=f"127.0.0.1:{port}",
    S3_SKIP_SIGNATURE_VALIDATION="0",
    # Loaded before it says that it is ready, not at the first request.
    EAGER_SERVICE_LOADING="1",
    DNS_ADDRESS="0",
    DISABLE_EVENTS="1",
    SKIP_SSL_CERT_DOWNLOAD="1",
    HOME=folder,
    XDG_CACHE_HOME=folder,
)

bind, connect, connect_ex = socket.socket.bind, socket.socket.connect, socket.socket.connect_ex


def is_on_loopback(sock, address):
    if sock.family == socket.AF_INET6:
        return address[0] == "::1"
    return sock.family != socket.AF_INET or address[0].startswith("127.") or address[0] == "localhost"


def bind_on_loopback(sock, address):
    if not is_on_loopback(sock, address):
        loopback = "::1" if sock.family == socket.AF_INET6 else "127.0.0.1"
        address = (loopback, *address[1:])
    return bind(sock, address)


def refusing(connect):
    def connect_on_loopback(sock, address):
        if not is_on_loopback(sock, address):
            raise ConnectionRefusedError(f"{address[0]} is not this machine")
        return connect(sock, address)

    return connect_on_loopback


socket.socket.bind = bind_on_loopback
socket.socket.connect = refusing(connect)
socket.socket.connect_ex = refusing(connect_ex)

from localstack.runtime.main import main  # noqa: E402

main()
