"""nginx with one worker: a small JSON by `return`, uploads by its WebDAV module's PUT, and a file by sendfile."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import SERVER_CORE
from process import Server, free_port, serve
from workspace import tool

# The same rules as ours: tickets, our order of ciphers, whole records.
TLS = """ ssl;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
        ssl_prefer_server_ciphers on;
        ssl_session_tickets on;
        ssl_session_timeout 2h;
        ssl_buffer_size 16k"""

# As many connections as the idle row opens, and some: nginx allots memory to each beforehand.
CONFIGURATION = """
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log error;
events {{ worker_connections 10000; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 600;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096{tls}{http2};
        location = /hello {{ default_type application/json; return 200 '{hello}'; }}
        location = /file {{ root {folder}; }}
        location = /upload {{
            root {folder};
            dav_methods PUT;
            client_max_body_size 0;
            client_body_buffer_size 256k;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, hello: str = "", *, tls: bool = False, http2: bool = False) -> Iterator[Server]:
    """With `http2` a plain connection speaks nothing else."""
    port = free_port()
    configuration = folder / "nginx.conf"
    # Started as root it would hand its worker to a user who may not enter the folder.
    user = "user root;" if folder.owner() == "root" else ""
    secured = TLS.format(folder=folder) if tls else ""
    values = {"port": port, "hello": hello, "user": user, "tls": secured, "http2": " http2" if http2 else ""}
    configuration.write_text(CONFIGURATION.format(folder=folder, **values))
    command = [tool("nginx"), "-e", f"{folder}/nginx.log", "-c", str(configuration)]
    with serve("nginx", command, port, SERVER_CORE, folder / "nginx.out") as server:
        server.scheme = "https" if tls else "http"
        yield server


def nginx_version() -> str:
    said = subprocess.run([tool("nginx"), "-v"], capture_output=True, text=True, timeout=10).stderr
    return said.strip().rpartition("/")[2].split()[0]
