"""What processes have used, as the kernel counts it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path


def cpu_seconds(pids: Iterable[int]) -> float:
    """The CPU time of all threads of the processes so far, ended threads included."""
    return sum(time.clock_gettime(_cpu_clock(pid)) for pid in pids)


def _cpu_clock(pid: int) -> int:
    # clock_getcpuclockid(3), which Python does not offer for processes: CPUCLOCK_SCHED of a whole process.
    return (~pid << 3) | 2


def resident(pids: Iterable[int]) -> int:
    """Bytes that the processes hold together; what a worker shares with its parent counts once."""
    sizes = [(_smaps(pid), pid) for pid in pids]
    largest = max(sizes, key=lambda entry: entry[0]["Rss"])
    others = (size for size, pid in sizes if pid != largest[1])
    return largest[0]["Rss"] + sum(size["Private_Clean"] + size["Private_Dirty"] for size in others)


def _smaps(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(value.split()[0]) * 1024 for name, value in (line.split(":") for line in lines)}


class PeakMemory:
    """How far resident memory of processes rises above where it stands now, from the kernel's own high-water marks."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._before = {pid: _status(pid, "VmRSS") for pid in pids}
        for pid in self._before:
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def growth(self) -> int:
        return sum(max(0, _status(pid, "VmHWM") - before) for pid, before in self._before.items())


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no {name} in the status of {pid}")
