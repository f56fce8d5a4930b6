"""What a guard adds to the start of a program."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from report import NotMeasured, Row
from workspace import executable

WORK = "/bin/true from start to exit"
RUNS = 300


def rows(folder: Path) -> Iterator[Row]:
    ours, theirs = _ours(folder), _subprocess()
    yield Row(
        WORK,
        f"{ours:,.0f} us",
        f"{theirs:,.0f} us (Python subprocess)",
        ours / theirs,
        notes=[f"{WORK}: medians of {RUNS}; ours through engine-guard, with limits, and nothing left behind"],
    )


def _ours(folder: Path) -> float:
    command = [executable("data-bench"), "engines"]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
        return statistics.median(float(line) for line in result.stdout.splitlines())
    except (subprocess.SubprocessError, ValueError) as error:
        raise NotMeasured(str(error)) from error


def _subprocess() -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(["/bin/true"], stdin=subprocess.DEVNULL, capture_output=True, check=True)
        times.append((time.perf_counter() - began) * 1e6)
    return statistics.median(times)
