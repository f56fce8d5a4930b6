"""A service with nothing to do: how soon it is ready and what it holds then."""

from __future__ import annotations

import os
import socket
import statistics
import time
from pathlib import Path

from machine import SERVER_CORE
from process import free_port, running
from report import Bar, NotMeasured, Row, progress
from usage import resident
from workspace import executable

WORK = "start of an idle service"
BAR = Bar("<", 150, "ms")
MEMORY_BAR = Bar("<", 25, "MiB")
TIMES = 15


def rows(folder: Path) -> list[Row]:
    progress(f"{WORK}: {TIMES} times")
    starts = [_start(folder / "gateway.log") for _ in range(TIMES)]
    milliseconds = statistics.median(seconds for seconds, _ in starts) * 1000
    memory = statistics.median(size for _, size in starts) / 2**20
    return [
        Row("start of an idle service until ready", f"{milliseconds:.1f} ms", "-", milliseconds, BAR, False),
        Row("an idle service, resident memory", f"{memory:.1f} MiB", "-", memory, MEMORY_BAR, False),
    ]


def _start(log: Path) -> tuple[float, int]:
    """Seconds to ready, and the memory held a second later."""
    port, internal = free_port(), free_port()
    environment = {"HOST": "127.0.0.1", "PORT": str(port), "INTERNAL_PORT": str(internal)}
    begin = time.monotonic()
    with running([executable("gateway")], SERVER_CORE, log, environment) as process:
        while not _is_ready(internal):
            if process.poll() is not None or time.monotonic() - begin > 20:
                raise NotMeasured(f"the gateway is not ready: {log.read_text(errors='replace')[-200:].strip()}")
            time.sleep(0.001)
        ready = time.monotonic() - begin
        time.sleep(1)
        return ready, resident([process.pid])


def _is_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /ready HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
