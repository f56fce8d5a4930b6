"""Statements from 64 tasks of one process, beside pgbench with the same statements from 64 clients."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

from machine import CLIENT_CORE
from peers.postgres import Cluster, cluster
from report import Bar, NotMeasured, Row, progress
from workspace import executable

BAR = Bar(">=", 1.0, "x")
ROUNDS = 5
SECONDS = 4
TASKS = 64
ROWS = 100_000

SCRIPTS = {
    "select": f"\\set id random(1, {ROWS})\nSELECT id, name, size FROM things WHERE id = :id;\n",
    "insert": f"\\set id random(1, {ROWS})\nINSERT INTO events (thing, name) VALUES (:id, 'created');\n",
}
TITLES = {"select": "SELECT by primary key", "insert": "INSERT of one row"}


def rows(folder: Path) -> Iterator[Row]:
    with cluster(folder) as server:
        server.run(f"""
            CREATE TABLE things (id bigint PRIMARY KEY, name text NOT NULL, size bigint NOT NULL);
            INSERT INTO things SELECT n, 'thing ' || n, n * 7 FROM generate_series(1, {ROWS}) AS n;
            CREATE TABLE events (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, thing bigint NOT NULL, name text NOT NULL);
            VACUUM ANALYZE;
            CHECKPOINT;
        """)
        for work in SCRIPTS:
            yield _row(server, folder, work)


def _row(server: Cluster, folder: Path, work: str) -> Row:
    script = folder / f"{work}.sql"
    script.write_text(SCRIPTS[work])
    figures: list[tuple[float, float]] = []
    for number in range(ROUNDS):
        progress(f"{TITLES[work]}: round {number + 1} of {ROUNDS}")
        sides = [lambda: _ours(server, work), lambda: server.pgbench(script, TASKS, SECONDS, CLIENT_CORE)]
        if number % 2:
            peer, ours = sides[1](), sides[0]()
        else:
            ours, peer = sides[0](), sides[1]()
        figures.append((ours, peer))
    ours, peer = (statistics.median(side) for side in zip(*figures))
    ratio = statistics.median(ours / peer for ours, peer in figures)
    return Row(f"{TITLES[work]}, {TASKS} at once, per second", f"{ours:,.0f}", f"{peer:,.0f} (pgbench)", ratio, BAR)


def _ours(server: Cluster, work: str) -> float:
    command = [
        "taskset", "-c", str(CLIENT_CORE), executable("data-bench"), "postgres", server.url, work, str(TASKS),
        str(SECONDS), str(ROWS),
    ]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    except subprocess.SubprocessError as error:
        raise NotMeasured(str(error)) from error
    return json.loads(said)["per_second"]
