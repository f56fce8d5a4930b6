"""Ours: the server under measurement with one event loop, and an idle service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import SERVER_CORE
from process import Server, free_port, serve
from workspace import executable


@contextmanager
def bench_server(folder: Path, *, tls: bool = False) -> Iterator[Server]:
    """With `tls` by the folder's `server.pem` and `server.key`."""
    port = free_port()
    command = [executable("bench-server"), str(port), "1", str(folder)] + (["tls"] if tls else [])
    with serve("Pentad", command, port, SERVER_CORE, folder / "bench-server.log") as server:
        server.scheme = "https" if tls else "http"
        yield server
