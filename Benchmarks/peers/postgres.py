"""A PostgreSQL cluster of a measurement's own, as Debian configures it, and pgbench on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine import SERVER_CORE
from process import free_port
from report import NotMeasured

NOBODY = 65534


@dataclass(frozen=True)
class Cluster:
    programs: Path
    port: int
    data: Path

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, sql: str) -> str:
        """Statements, each in a transaction of its own."""
        return _call([self.programs / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", self.url], sql)

    def pgbench(self, script: Path, clients: int, seconds: float, core: int | None = None, jobs: int = 1) -> float:
        """Transactions per second, connecting left out."""
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        said = _call([
            *pinned, self.programs / "pgbench", "-n", "-M", "prepared", "-c", str(clients),
            "-j", str(jobs), "-T", str(round(seconds)), "-f", script, "-h", "127.0.0.1", "-p", str(self.port),
            "-U", "postgres", "postgres",
        ])
        found = re.search(r"tps = ([0-9.]+)", said)
        if not found or "number of failed transactions: 0" not in said:
            raise NotMeasured(f"pgbench: {said.strip().splitlines()[-1]}")
        return float(found[1])


@contextmanager
def cluster(folder: Path, *options: str, core: int | None = SERVER_CORE) -> Iterator[Cluster]:
    """Runs in `folder`, with whatever `options` say besides, on one core or on all. The server refuses to be root's."""
    programs = _programs()
    home = folder / "postgres"
    home.mkdir()
    user: dict[str, int | list[int]] = {}
    if os.geteuid() == 0:
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chown(home, NOBODY, NOBODY)
        _open_path_to(home)
    data, log = home / "data", home / "log"
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"],
        capture_output=True, text=True, cwd="/", **user)
    if made.returncode:
        raise NotMeasured(f"initdb: {made.stderr.strip().splitlines()[-1]}")
    port = free_port()
    settings = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", *options]
    with open(log, "ab") as output:
        server = subprocess.Popen(
            [*([] if core is None else ["taskset", "-c", str(core)]), programs / "postgres", "-D", data, *(f"-c{setting}" for setting in settings)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", **user)
    try:
        ready = [programs / "pg_isready", "-q", "-t", "20", "-h", "127.0.0.1", "-p", str(port)]
        while server.poll() is None and subprocess.run(ready, check=False).returncode:
            pass
        if server.poll() is not None:
            raise NotMeasured(f"PostgreSQL does not start: {log.read_text(errors='replace').splitlines()[-1]}")
        yield Cluster(programs, port, data)
    finally:
        server.send_signal(3)
        server.wait()


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found or not shutil.which("pgbench", path=str(found[-1].parent)):
        raise NotMeasured("no PostgreSQL server with pgbench is installed")
    return found[-1].parent


def _open_path_to(folder: Path) -> None:
    """Lets another user pass through private folders of ours; what is in them stays unreadable."""
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)


def _call(command: Sequence[str | Path], text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"{Path(command[0]).name}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return done.stdout
