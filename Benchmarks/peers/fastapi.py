"""FastAPI under uvicorn: one process, with the event loop and the parser of `uvicorn[standard]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import SERVER_CORE
from process import Server, free_port, serve
from workspace import HERE


@contextmanager
def fastapi(folder: Path) -> Iterator[Server]:
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "--app-dir", str(HERE / "peers/apps"), "--port", str(port),
        "--loop", "uvloop", "--http", "httptools", "--timeout-keep-alive", "600",
        "--no-access-log", "--log-level", "error", "order:app",
    ]  # fmt: skip
    with serve("FastAPI", command, port, SERVER_CORE, folder / "fastapi.log") as server:
        yield server
