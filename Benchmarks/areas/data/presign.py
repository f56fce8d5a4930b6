"""Presigned URLs made per CPU-second, beside boto3."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from machine import SERVER_CORE
from report import Bar, NotMeasured, Row, progress
from workspace import HERE, executable

WORK = "presigned URL"
BAR = Bar(">=", 50, "x")
TURNS = 3


def rows(folder: Path) -> Iterator[Row]:
    commands = {
        "ours": [executable("data-bench"), "presign"],
        "boto3": [sys.executable, str(HERE / "presign_boto3.py")],
    }
    turns: list[dict[str, dict[str, float]]] = []
    for number in range(1, TURNS + 1):
        progress(f"{WORK}: turn {number} of {TURNS}")
        order = list(commands) if number % 2 else list(reversed(commands))
        turns.append({name: _rates(commands[name]) for name in order})
    for work in ("get", "put"):
        ours, theirs = (statistics.median(turn[name][work] for turn in turns) for name in ("ours", "boto3"))
        ratio = statistics.median(turn["ours"][work] / turn["boto3"][work] for turn in turns)
        yield Row(f"{WORK} ({work.upper()}), per CPU-second", f"{ours:,.0f}", f"{theirs:,.0f} (boto3)", ratio, BAR)


def _rates(command: Sequence[str]) -> dict[str, float]:
    ended = subprocess.run(
        ["taskset", "-c", str(SERVER_CORE), *command], capture_output=True, text=True, timeout=120
    )
    if ended.returncode:
        raise NotMeasured((ended.stderr.strip().splitlines() or [f"{command[0]} failed"])[-1])
    figures = (json.loads(line) for line in ended.stdout.splitlines())
    return {figure["work"]: figure["per_cpu_second"] for figure in figures}
