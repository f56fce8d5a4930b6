"""A small JSON over HTTP/2: eight connections that stay, 32 requests at a time on each."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from areas.http.hello import BODY
from compare import compare
from duel import duel
from machine import CLIENT_CORE
from peers.nginx import nginx, nginx_version
from pentad import bench_server
from process import Server
from report import Bar, NotMeasured, Row
from workspace import tool

WORK = "HTTP/2, JSON hello"
BAR = Bar(">=", 1.0, "x")
SECONDS = 2


def rows(folder: Path) -> list[Row]:
    with bench_server(folder) as ours, nginx(folder, hello=BODY, http2=True) as peer:
        servers = [ours, peer]
        for server in servers:
            _verify(server)
        done = duel(WORK, servers, _load, rounds=5)
    return compare(WORK, done, {"nginx": (f"nginx {nginx_version()}", BAR)})


def _verify(server: Server) -> None:
    command = [tool("curl"), "-s", "--http2-prior-knowledge", "-w", "%{http_version} %{http_code}", server.url("/hello")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout
    if said != f"{BODY}2 200":
        raise NotMeasured(f"{server.name} answers {said[:100]!r}")


def _load(server: Server) -> tuple[float, float]:
    """Requests answered, and the seconds that took."""
    command = ["taskset", "-c", str(CLIENT_CORE), tool("h2load"), "-t1", "-c8", "-m32", f"-D{SECONDS}"]
    ended = subprocess.run([*command, server.url("/hello")], capture_output=True, text=True, timeout=30)
    counts = re.search(r"(\d+) succeeded, 0 failed, 0 errored", ended.stdout)
    if ended.returncode or not counts:
        raise NotMeasured(f"h2load: {(ended.stderr or ended.stdout).strip()[-200:]}")
    return float(counts[1]), float(SECONDS)
