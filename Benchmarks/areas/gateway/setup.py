"""What the gateway's measurements share: an upstream on the load's core, and the proxies before it on the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from client import request
from machine import CLIENT_CORE, SERVER_CORE
from peers.postgres import cluster
from process import Server, free_port, serve
from report import NotMeasured
from workspace import HERE, executable, tool

BODY = '{"id":"job_01","status":"queued","progress":0,"created_at":"2026-11-20T00:00:00Z"}'

COMMON = """
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid {folder}/{name}.pid;
error_log {folder}/{name}.log error;
events {{ worker_connections 9900; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_max_body_size 0;
    client_body_temp_path {folder}/{name}-body;
    proxy_temp_path {folder}/{name}-proxy;
    fastcgi_temp_path {folder}/{name}-fastcgi;
    uwsgi_temp_path {folder}/{name}-uwsgi;
    scgi_temp_path {folder}/{name}-scgi;
    {inner}
}}
"""

UPSTREAM = """
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ default_type application/json; return 200 '{body}'; }}
    }}
"""

PROXY = """
    underscores_in_headers on;
    upstream up {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; keepalive_timeout 60s; }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Request-Id $request_id;
    proxy_set_header X-User-Id "";
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;
    server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://up; }} }}
"""

ROUTES = """
* /open/** asr open
* /jobs/** asr token
PUT /upload asr open body=2GiB timeout=120s
GET /file asr open
"""


@contextmanager
def upstream(folder: Path) -> Iterator[Server]:
    port = free_port()
    with _nginx("upstream", folder, port, CLIENT_CORE, UPSTREAM.format(port=port, body=BODY)) as server:
        yield server


@contextmanager
def sink(folder: Path, source: Path) -> Iterator[Server]:
    """Takes uploads of any size, and serves one file."""
    port = free_port()
    command = [sys.executable, str(HERE / "sink.py"), str(port), str(source)]
    with serve("sink", command, port, CLIENT_CORE, folder / "sink.log") as server:
        yield server


@contextmanager
def nginx_proxy(folder: Path, upstream: int) -> Iterator[Server]:
    port = free_port()
    with _nginx("nginx", folder, port, SERVER_CORE, PROXY.format(port=port, upstream=upstream)) as server:
        yield server


@contextmanager
def _nginx(name: str, folder: Path, port: int, core: int, inner: str) -> Iterator[Server]:
    user = "user root;" if folder.owner() == "root" else ""
    configuration = folder / f"{name}.conf"
    configuration.write_text(COMMON.format(folder=folder, name=name, user=user, inner=inner))
    command = [tool("nginx"), "-e", f"{folder}/{name}.log", "-c", str(configuration)]
    with serve(name, command, port, core, folder / f"{name}.out") as server:
        yield server


@contextmanager
def our_gateway(folder: Path, upstream: int, settings: dict[str, str] | None = None) -> Iterator[Server]:
    """With a database of its own, which it asks nothing while it routes."""
    routes = folder / "routes"
    routes.write_text(ROUTES)
    port = free_port()
    environment = {
        "PORT": str(port), "INTERNAL_PORT": "0", "LOOPS": "1", "LOG_LEVEL": "warning", "ROUTES_FILE": str(routes),
        "ASR_URL": f"http://127.0.0.1:{upstream}", "DATA_DIR": str(folder / "data"), **(settings or {}),
    }  # fmt: skip
    log = folder / "gateway.log"
    with cluster(folder, core=None) as database:
        environment["DATABASE_URL"] = database.url
        with serve("Pentad", [executable("gateway")], port, SERVER_CORE, log, environment) as server:
            yield server


def verify(server: Server, path: str, body: str, headers: dict[str, str] | None = None, status: int = 200) -> None:
    got, answer = request(server, "GET", path, headers=headers or {})
    if got != status or (status == 200 and answer != body.encode()):
        raise NotMeasured(f"{server.name} answers {got} {answer[:100]!r}, not {status}")
