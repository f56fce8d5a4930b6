"""9,500 connections that made one request each and stay open."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from areas.http.hello import BODY
from peers.nginx import nginx
from pentad import bench_server
from process import Server
from report import Bar, NotMeasured, Row, progress
from usage import resident

CONNECTIONS = 9_500
WORK = f"{CONNECTIONS:,} idle connections"
BAR = Bar("<=", 2.0, "x")


def rows(folder: Path) -> list[Row]:
    with many_files(), bench_server(folder) as ours, nginx(folder, hello=BODY) as peer:
        mine, theirs = _hold(ours), _hold(peer)
    return [Row(f"{WORK}, resident memory", _printed(mine), f"{_printed(theirs)} (nginx)", mine[1] / theirs[1], BAR)]


def _hold(server: Server) -> tuple[int, int]:
    """Resident memory before and with the connections."""
    progress(f"{WORK}: {server.name}")
    before = resident(server.family())
    with ExitStack() as open_connections:
        for _ in range(CONNECTIONS):
            connection = open_connections.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            connection.sendall(b"GET /hello HTTP/1.1\r\nHost: bench\r\n\r\n")
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise NotMeasured(f"{server.name} did not answer")
        return before, resident(server.family())


def _printed(memory: tuple[int, int]) -> str:
    before, after = memory
    return f"{after / 2**20:.1f} MiB, {(after - before) / CONNECTIONS:,.0f} B each"


@contextmanager
def many_files() -> Iterator[None]:
    """Lets this process, and servers started meanwhile, open as many files as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CONNECTIONS + 100:
        raise NotMeasured(f"a limit of {CONNECTIONS + 100} open files is needed (ulimit -Hn), it is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS + 100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
