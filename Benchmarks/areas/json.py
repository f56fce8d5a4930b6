"""Our JSON coders beside Foundation's and CPython's, by the programs that measure each."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence

from machine import SERVER_CORE
from report import Bar, NotMeasured, Row, progress
from workspace import HERE, executable

WORK = "JSON coders"
TURNS = 3
BARS = {"foundation": Bar(">=", 4.0, "x"), "cpython": Bar(">=", 1.0, "x")}
TITLES = {"foundation": "Foundation", "cpython": f"CPython {sys.version_info.major}.{sys.version_info.minor} json"}

# Work -> subject -> operations per CPU-second.
Rates = dict[str, dict[str, float]]


def rows() -> Iterator[Row]:
    try:
        turns = [_turn(number) for number in range(1, TURNS + 1)]
    except NotMeasured as reason:
        yield Row(WORK, "not measured", bar=BARS["foundation"], notes=[f"{WORK}: {reason}"])
        return
    for work in turns[0]:
        for peer, bar in BARS.items():
            ours, theirs = (statistics.median(turn[work][subject] for turn in turns) for subject in ("ours", peer))
            ratio = statistics.median(turn[work]["ours"] / turn[work][peer] for turn in turns)
            yield Row(f"{work}, per CPU-second", f"{ours:,.0f}", f"{theirs:,.0f} ({TITLES[peer]})", ratio, bar)


def _turn(number: int) -> Rates:
    progress(f"{WORK}: turn {number} of {TURNS}")
    bench = executable("json-bench")
    rates: Rates = {}
    document = _run([bench, "--document"])
    for line in (_run([bench]) + _run([sys.executable, str(HERE / "json_cpython.py")], document)).splitlines():
        figure = json.loads(line)
        subject = figure["subject"].split()[0]
        rates.setdefault(figure["work"], {})[subject] = figure["per_cpu_second"]
    return rates


def _run(command: Sequence[str], text: str = "") -> str:
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    try:
        return subprocess.run(pinned, input=text, capture_output=True, text=True, timeout=120, check=True).stdout
    except subprocess.SubprocessError as error:
        raise NotMeasured(str(error)) from error
