"""1 GiB up into a file, and 1 GiB down from one."""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
from pathlib import Path

from duel import duel
from machine import CLIENT_CORE
from peers.nginx import nginx
from pentad import bench_server
from process import Server
from report import Bar, NotMeasured, Row, progress
from usage import PeakMemory
from workspace import HERE, require_disk

WORK = "1 GiB transfer"
BAR = Bar(">=", 0.9, "x")
MEMORY_BAR = Bar("<", 16, "MiB")
SIZE = 1 << 30


def rows(folder: Path) -> list[Row]:
    require_disk(folder, 3)
    source = folder / "file"
    fill(source)
    with bench_server(folder) as ours, nginx(folder) as peer:
        return [
            *_compare("1 GiB body to a file", "upload", source, ours, peer),
            *_compare("1 GiB file served", "download", source, ours, peer),
        ]


def _compare(work: str, direction: str, source: Path, ours: Server, peer: Server) -> list[Row]:
    growth: dict[str, list[int]] = {ours.name: [], peer.name: []}

    def transfer(server: Server) -> tuple[float, float]:
        # Afresh each time, so that nobody pays for freeing the pages of the one before.
        uploaded = source.with_name("upload")
        uploaded.unlink(missing_ok=True)
        peak = PeakMemory(server.family())
        seconds = run_client(direction, server, source)
        growth[server.name].append(peak.growth())
        if direction == "upload" and uploaded.stat().st_size != SIZE:
            raise NotMeasured(f"{server.name} kept {uploaded.stat().st_size} bytes of {SIZE}")
        return SIZE / 2**20, seconds

    done = duel(work, [ours, peer], transfer, rounds=3)
    if direction == "upload":
        _verify(source)
    notes = done.idle_note(work, ours.name) + done.idle_note(work, peer.name)
    speed, effort = (lambda round: round.per_second), (lambda round: round.per_cpu_second)
    mine, theirs = (f"{max(growth[server.name]) / 2**20:.1f} MiB" for server in (ours, peer))
    return [
        Row(
            f"{work}, MiB per {unit}", f"{done.median(ours.name, figure):,.0f}",
            f"{done.median(peer.name, figure):,.0f} (nginx)", done.ratio(ours.name, peer.name, figure), bar, notes=notes,
        )
        for unit, figure, bar in (("second", speed, BAR), ("CPU-second", effort, None))
    ] + [
        Row(f"{work}, memory grows by", mine, f"{theirs} (nginx)", max(growth[ours.name]) / 2**20, MEMORY_BAR, False)
    ]  # fmt: skip


def run_client(direction: str, server: Server, source: Path) -> float:
    """On the other core, in C for all but a few calls; the seconds it took."""
    command = ["taskset", "-c", str(CLIENT_CORE), sys.executable, str(HERE / "gigabyte.py"), direction]
    ended = subprocess.run([*command, str(server.port), str(source)], capture_output=True, text=True, timeout=120)
    if ended.returncode:
        raise NotMeasured(f"{server.name}: {(ended.stderr.strip().splitlines() or ['the transfer failed'])[-1]}")
    return float(ended.stdout)


def fill(path: Path) -> None:
    progress(f"{WORK}: writing {path}")
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for number in range(SIZE >> 20):
            file.write(number.to_bytes(8, "little") + block[8:])
        file.flush()
        os.fsync(file.fileno())


def _verify(source: Path) -> None:
    if not filecmp.cmp(source, source.with_name("upload"), shallow=False):
        raise NotMeasured("the uploaded file differs from what was sent")
