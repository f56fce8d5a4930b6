"""A small JSON through the router, with metrics and request ids, to 64 connections that stay."""

from __future__ import annotations

from pathlib import Path

import wrk
from client import request
from duel import Duel, duel
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
    return [row for peer in BARS for row in compare(WORK, done, peer, titles[peer], BARS[peer])]


def compare(work: str, done: Duel, peer: str, title: str, bar: Bar) -> list[Row]:
    """Two rows: by CPU-second, which is held to the bar, and by second."""
    notes = done.idle_note(work, "Pentad") + done.idle_note(work, peer)
    compared = []
    for unit, figure, limit in (
        ("CPU-second", lambda round: round.per_cpu_second, bar),
        ("second", lambda round: round.per_second, None),
    ):
        compared.append(
            Row(
                f"{work}, requests per {unit}",
                f"{done.median('Pentad', figure):,.0f}",
                f"{done.median(peer, figure):,.0f} ({title})",
                done.ratio("Pentad", peer, figure),
                limit,
                notes=notes,
            )
        )
    return compared


def _verify(server: Server) -> None:
    status, body = request(server, "GET", "/hello")
    # Flask ends its JSON with a line feed.
    if status != 200 or body.rstrip() != BODY.encode():
        raise NotMeasured(f"{server.name} answers {status} {body[:100]!r}")
