"""Flask under gunicorn: one worker of threads, the class that keeps connections alive."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import SERVER_CORE
from process import Server, free_port, serve
from workspace import HERE

THREADS = 1


@contextmanager
def flask(folder: Path) -> Iterator[Server]:
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--chdir", str(HERE / "peers/apps"), "--bind", f"127.0.0.1:{port}",
        "--workers", "1", "--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "600",
        "--no-control-socket", "--log-level", "error", "hello:app",
    ]  # fmt: skip
    with serve("Flask", command, port, SERVER_CORE, folder / "flask.log") as server:
        yield server
