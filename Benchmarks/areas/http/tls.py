"""A small JSON over TLS: on connections that stay, and with a handshake for each, full and resumed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import wrk
from areas.http.hello import BODY, _verify
from compare import compare
from duel import duel
from machine import CLIENT_CORE
from peers.nginx import nginx, nginx_version
from pentad import bench_server
from process import Server
from report import Bar, NotMeasured, Row
from workspace import tool

WORK = "TLS, JSON hello"
BAR = Bar(">=", 1.0, "x")


def rows(folder: Path) -> list[Row]:
    _make_certificate(folder)
    title = f"nginx {nginx_version()}"
    found: list[Row] = []
    with bench_server(folder, tls=True) as ours, nginx(folder, hello=BODY, tls=True) as peer:
        servers = [ours, peer]
        for server in servers:
            _verify(server)
        for work, run in (
            (WORK, lambda server: wrk.load(server.url("/hello"), 2)),
            (f"{WORK}, full handshake each", lambda server: wrk.load(server.url("/hello"), 2, closing=True)),
            ("TLS 1.2 handshake, resumed by its ticket", _resume),
        ):
            done = duel(work, servers, run, rounds=5)
            found += compare(work, done, {"nginx": (title, BAR)})
    return found


def _make_certificate(folder: Path) -> None:
    command = [tool("openssl"), "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-subj", "/CN=localhost", "-days", "2", "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.pem"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


def _resume(server: Server) -> tuple[float, float]:
    """`s_time` resumes one session again and again; with TLS 1.3 it would not wait for the ticket."""
    command = ["taskset", "-c", str(CLIENT_CORE), tool("openssl"), "s_time", "-connect", f"127.0.0.1:{server.port}"]
    ended = subprocess.run([*command, "-reuse", "-tls1_2", "-time", "2"], capture_output=True, text=True, timeout=30)
    counts = re.findall(r"(\d+) connections in (\d+) real seconds", ended.stdout)
    if not counts:
        raise NotMeasured(f"openssl s_time: {(ended.stderr or ended.stdout).strip()[-200:]}")
    return float(counts[-1][0]), float(counts[-1][1])
