"""Ours: the server under measurement with one event loop, and an idle service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import SERVER_CORE
from process import Server, free_port, serve
from workspace import executable


@contextmanager
def bench_server(folder: Path) -> Iterator[Server]:
    port = free_port()
    command = [executable("bench-server"), str(port), "1", str(folder)]
    with serve("Pentad", command, port, SERVER_CORE, folder / "bench-server.log") as server:
        yield server
