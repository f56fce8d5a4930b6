"""A photo of twelve megapixels decoded and halved, beside Pillow."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from machine import SERVER_CORE
from report import Bar, NotMeasured, Row, progress
from workspace import HERE, executable

TURNS = 3
BAR = Bar(">=", 1.0, "x")


def rows(folder: Path) -> Iterator[Row]:
    photo = str(folder / "photo.jpg")
    pillow = [sys.executable, str(HERE / "pillow_images.py")]
    _run([*pillow, "--make", photo])
    turns = []
    for number in range(1, TURNS + 1):
        progress(f"images: turn {number} of {TURNS}")
        turns.append((_run([executable("data-bench"), "images", photo]), _run([*pillow, photo])))
    for work in turns[0][0]:
        ours, theirs = (statistics.median(turn[side][work] for turn in turns) for side in (0, 1))
        ratio = statistics.median(turn[0][work] / turn[1][work] for turn in turns)
        title = f"JPEG of 12 megapixels: {work}, per CPU-second"
        yield Row(title, f"{ours:.1f}", f"{theirs:.1f} (Pillow {version('pillow')})", ratio, BAR)


def _run(command: Sequence[str]) -> dict[str, float]:
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    try:
        printed = subprocess.run(pinned, capture_output=True, text=True, timeout=180, check=True).stdout
    except subprocess.SubprocessError as error:
        raise NotMeasured(str(error)) from error
    return {line["work"]: line["per_cpu_second"] for line in map(json.loads, printed.splitlines())}
