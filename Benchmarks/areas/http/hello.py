"""A small JSON through the router, with metrics and request ids, to 64 connections that stay."""

from __future__ import annotations

from pathlib import Path

import wrk
from client import request
from compare import compare
from duel import duel
from peers.flask import THREADS, flask
from peers.nginx import nginx, nginx_version
from pentad import bench_server
from process import Server
from report import Bar, NotMeasured, Row

WORK = "JSON hello"
BAR = Bar(">=", 1.0, "x")
BODY = '{"id":"job_01","status":"queued","progress":0,"created_at":"2026-11-20T00:00:00Z"}'
BARS = {"nginx": BAR, "Flask": Bar(">=", 20.0, "x")}


def rows(folder: Path) -> list[Row]:
    with bench_server(folder) as ours, nginx(folder, hello=BODY) as web, flask(folder) as app:
        servers = [ours, web, app]
        for server in servers:
            _verify(server)
        done = duel(WORK, servers, lambda server: wrk.load(server.url("/hello"), seconds=2), rounds=5)
    titles = {"nginx": f"nginx {nginx_version()}", "Flask": f"Flask + gunicorn, gthread of {THREADS}"}
    return compare(WORK, done, {peer: (titles[peer], BARS[peer]) for peer in BARS})


def _verify(server: Server) -> None:
    status, body = request(server, "GET", "/hello")
    # Flask ends its JSON with a line feed.
    if status != 200 or body.rstrip() != BODY.encode():
        raise NotMeasured(f"{server.name} answers {status} {body[:100]!r}")
