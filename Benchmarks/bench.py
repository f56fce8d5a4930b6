"""Measures Pentad side by side with its peers. `./dev bench` runs this with what it needs; see README.md.

    bench.py [area] [--check]
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator

import areas.data
import areas.gateway
import areas.http
import areas.json
from machine import describe_machine, require_two_cores
from report import Row, fail, table

AREAS: dict[str, Callable[[], Iterator[Row]]] = {
    "data": areas.data.rows,
    "gateway": areas.gateway.rows,
    "http": areas.http.rows,
    "json": areas.json.rows,
}


def main() -> int:
    arguments = parse_arguments()
    # So that whatever was started is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    require_two_cores()

    rows: list[Row] = []
    for area in arguments.areas:
        rows += AREAS[area]()
    print(f"{table(rows)}\n\n{describe_machine()}")

    missed = [row.work for row in rows if not row.holds]
    for work in missed:
        print(f"under the bar: {work}", file=sys.stderr)
    return 1 if arguments.check and missed else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", allow_abbrev=False)
    parser.add_argument("area", nargs="?", help=", ".join(AREAS))
    parser.add_argument("--check", action="store_true", help="exit 1 when a ratio is under its bar")
    parser.add_argument("--areas", action="store_true", help="name the areas and do nothing")
    arguments = parser.parse_args()
    if arguments.areas:
        print(*AREAS)
        sys.exit(0)
    area = arguments.area
    if area is not None and area not in AREAS:
        fail(f"there is no area '{area}'; known: {', '.join(AREAS)}", status=2)
    arguments.areas = [area] if area else list(AREAS)
    return arguments


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
