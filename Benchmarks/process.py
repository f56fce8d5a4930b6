"""Processes that a measurement starts: each on one core, stopped with the block that started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from report import NotMeasured


class Server:
    """A running server and its worker processes."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.port = port
        self.process = process
        self.pid = process.pid
        self.scheme = "http"

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def family(self) -> list[int]:
        return list(_descendants(self.pid))


@contextmanager
def serve(
    name: str, command: Sequence[str], port: int, core: int, log: Path, environment: Mapping[str, str] = {}
) -> Iterator[Server]:
    """Starts a server and waits until it accepts connections."""
    with running(command, core, log, environment) as process:
        wait_for_port(name, port, process, log)
        yield Server(name, port, process)


@contextmanager
def running(
    command: Sequence[str], core: int, log: Path, environment: Mapping[str, str] = {}
) -> Iterator[subprocess.Popen[bytes]]:
    with open(log, "ab") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        _stop(process)


def wait_for_port(name: str, port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise NotMeasured(f"{name} does not start: {last[0]}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _stop(process: subprocess.Popen[bytes]) -> None:
    family = list(_descendants(process.pid))
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _descendants(int(child))
