"""1 GiB put to and got from an S3 server, by our client and by rclone's and Amazon's, and by the disk store's routes."""

from __future__ import annotations

import filecmp
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from machine import CLIENT_CORE, SERVER_CORE
from process import Server, free_port, running, serve, wait_for_port
from report import Bar, NotMeasured, Row, progress
from usage import PeakMemory
from workspace import executable, require_disk, tool

WORK = "1 GiB object"
BAR = Bar(">=", 1.0, "x")
MEMORY_BAR = Bar("<", 32, "MiB")
SIZE = 1 << 30
ROUNDS = 3
ACCESS, SECRET = "bench", "benchsecret"
LOCATION = "s3://bench/large"
PEERS = ("rclone", "aws")


class Subject:
    """Who moves the object: `run` does it once and says the bytes by which its memory grew, if that is known."""

    def __init__(self, put: Callable[[], int | None], get: Callable[[], int | None]) -> None:
        self.actions = {"put": put, "get": get}


def rows(folder: Path) -> Iterator[Row]:
    require_disk(folder, 8)
    source, target = folder / "source", folder / "target"
    _fill(source)
    with _rclone_server(folder) as server, _disk_server(folder) as disk:
        subjects = {
            "S3 store": _ours(server, source, target),
            "disk store": disk(source, target),
            "rclone": _rclone(server, source, target),
            "aws": _aws(server, source, target, folder),
        }
        subjects["S3 store"].actions["put"]()
        speeds, growth = _measure(subjects, source, target)
    for action in ("put", "get"):
        for name in ("S3 store", "disk store"):
            ours = statistics.median(speeds[action][name])
            for peer in PEERS:
                ratio = statistics.median(a / b for a, b in zip(speeds[action][name], speeds[action][peer]))
                theirs = statistics.median(speeds[action][peer])
                yield Row(
                    f"{WORK}, {action}, {name}, MiB per second", f"{ours:,.0f}", f"{theirs:,.0f} ({peer})", ratio, BAR
                )
            most = max(growth[action][name]) / 2**20
            yield Row(f"{WORK}, {action}, {name}, memory grows by", f"{most:.1f} MiB", "-", most, MEMORY_BAR, False)


def _measure(
    subjects: Mapping[str, Subject], source: Path, target: Path
) -> tuple[dict[str, dict[str, list[float]]], dict[str, dict[str, list[int]]]]:
    speeds = {action: {name: [] for name in subjects} for action in ("put", "get")}
    growth = {action: {name: [] for name in subjects} for action in ("put", "get")}
    for number in range(ROUNDS):
        progress(f"{WORK}: round {number + 1} of {ROUNDS}")
        names = list(subjects) if number % 2 else list(reversed(subjects))
        for action in ("put", "get"):
            for name in names:
                target.unlink(missing_ok=True)
                # What is still to be written to the disk is not the next one's to pay for.
                os.sync()
                start = time.monotonic()
                grown = subjects[name].actions[action]()
                speeds[action][name].append(SIZE / 2**20 / (time.monotonic() - start))
                growth[action][name].append(grown or 0)
                if action == "get" and not filecmp.cmp(source, target, shallow=False):
                    raise NotMeasured(f"{name} got another file than was put")
    return speeds, growth


def _ours(server: Server, source: Path, target: Path) -> Subject:
    def run(action: str, file: Path) -> int:
        command = [executable("data-bench"), "objects", action, server.url(""), ACCESS, SECRET, LOCATION, str(file)]
        return int(json.loads(_run(command))["growth"])

    run("bucket", Path("-"))
    return Subject(lambda: run("put", source), lambda: run("get", target))


def _rclone(server: Server, source: Path, target: Path) -> Subject:
    remote = f":s3,provider=Other,access_key_id={ACCESS},secret_access_key={SECRET},endpoint='{server.url('')}':"
    command = [_program("rclone"), "--config", os.devnull, "copyto", "--ignore-times"]
    return Subject(
        lambda: _run([*command, str(source), f"{remote}bench/large"]) and None,
        lambda: _run([*command, f"{remote}bench/large", str(target)]) and None,
    )


def _aws(server: Server, source: Path, target: Path, folder: Path) -> Subject:
    environment = {
        "AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(folder / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    command = [sys.executable, _program("aws"), "--endpoint-url", server.url(""), "s3", "cp", "--quiet"]
    return Subject(
        lambda: _run([*command, str(source), LOCATION], environment) and None,
        lambda: _run([*command, LOCATION, str(target)], environment) and None,
    )


@contextmanager
def _rclone_server(folder: Path) -> Iterator[Server]:
    (folder / "rclone").mkdir()
    port = free_port()
    command = [
        _program("rclone"), "--config", os.devnull, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--force-path-style",
        "--vfs-cache-mode", "off", "--auth-key", f"{ACCESS},{SECRET}", str(folder / "rclone"),
    ]  # fmt: skip
    with serve("rclone serve s3", command, port, SERVER_CORE, folder / "rclone.log") as server:
        yield server


@contextmanager
def _disk_server(folder: Path) -> Iterator[Callable[[Path, Path], Subject]]:
    """Our routes, and curl as a client that follows presigned URLs."""
    port, log = free_port(), folder / "disk.log"
    command = [executable("data-bench"), "objects", "serve", str(port), str(folder / "disk"), LOCATION, "durable"]
    with running(command, SERVER_CORE, log) as process:
        wait_for_port("the disk store", port, process, log)
        while "}" not in log.read_text():
            time.sleep(0.01)
        urls = json.loads(log.read_text().splitlines()[0])

        def run(*arguments: str) -> int:
            peak = PeakMemory([process.pid])
            _run([tool("curl"), "-sSf", "--noproxy", "*", "-H", "Expect:", *arguments])
            return peak.growth()

        yield lambda source, target: Subject(
            lambda: run("-T", str(source), "-o", os.devnull, urls["put"]), lambda: run("-o", str(target), urls["get"])
        )


def _program(name: str) -> str:
    path = Path(sys.executable).with_name(name)
    return str(path) if path.is_file() else tool(name)


def _run(command: list[str], environment: Mapping[str, str] = {}) -> str:
    pinned = ["taskset", "-c", str(CLIENT_CORE), *command]
    ended = subprocess.run(
        pinned, capture_output=True, text=True, timeout=300, env={**os.environ, **environment}, stdin=subprocess.DEVNULL
    )
    if ended.returncode:
        raise NotMeasured(f"{Path(command[0]).name}: {(ended.stderr.strip().splitlines() or ['it failed'])[-1]}")
    return ended.stdout or " "


def _fill(path: Path) -> None:
    progress(f"{WORK}: writing {path}")
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for number in range(SIZE >> 20):
            file.write(number.to_bytes(8, "little") + block[8:])
        file.flush()
        os.fsync(file.fileno())
