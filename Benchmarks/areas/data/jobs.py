"""The job queue beside pgbench with the very statements that the queue sends, on a cluster of the measurement's own."""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from peers.postgres import Cluster, cluster
from report import Bar, NotMeasured, Row, progress
from workspace import executable

ROUNDS = 5
WORKERS = 4
SECONDS = 5
BATCH = 100
DEEP = 1_000_000
CLAIMS = 3000
PICK_UPS = 300
HOLDERS, HELD = 8, 25
# A worker's claims are found again by its token; that of each of pgbench's clients is made from its number.
TOKEN = "md5(:client_id::text)::uuid"

# What stands for the parameters that differ from turn to turn, by the statement's beginning and the parameter's number.
SINGLE = {"insert": {1: "gen_random_uuid()"}, "claim": {1: TOKEN}, "complete": {2: ":id", 3: TOKEN}}
MANY = {
    "insert": {1: f"ARRAY(SELECT gen_random_uuid() FROM generate_series(1, {BATCH}))"},
    "claim": {1: TOKEN},
    "complete": {1: ":ids", 3: ":ids", 4: f"array_fill({TOKEN}, ARRAY[{BATCH}])"},
}


def rows(folder: Path) -> Iterator[Row]:
    with cluster(folder, "logging_collector=on", "log_destination=jsonlog", core=None) as server:
        queue = Queue(server, executable("data-bench"))
        queue.bench("migrate")
        yield from _throughput(queue, folder, "single", SINGLE)
        yield from _throughput(queue, folder, "batch", MANY)
        yield _pick_up(queue)
        yield _deep(queue)
        yield _orphans(queue)


def _throughput(
    queue: Queue, folder: Path, part: str, places: Mapping[str, Mapping[int, str]]
) -> Iterator[Row]:
    script = folder / f"{part}.sql"
    script.write_text(_script(queue.statements(part), places, part))
    ours, theirs = [], []
    for number in range(ROUNDS + 1):
        progress(f"jobs, {part}: round {number} of {ROUNDS}")
        for side in (ours, theirs) if number % 2 else (theirs, ours):
            queue.empty()
            if side is ours:
                side.append(queue.bench(part, SECONDS)["per_second"])
            else:
                side.append(queue.pgbench(script) * (BATCH if part == "batch" else 1))
    # The first round is a warm-up.
    ratio = statistics.median(one / other for one, other in zip(ours[1:], theirs[1:]))
    mine, peer = statistics.median(ours[1:]), statistics.median(theirs[1:])
    work = "jobs: enqueue, claim, complete, 4 workers"
    if part == "single":
        yield Row(f"{work}, per second", f"{mine:,.0f}", f"{peer:,.0f} (pgbench)", ratio, Bar(">=", 0.7, "x"))
    else:
        work = f"{work}, {BATCH} at a time"
        yield Row(f"{work}, per second", f"{mine:,.0f}", f"{peer:,.0f} (pgbench)", ratio, Bar(">=", 0.5, "x"))
        yield Row(work, f"{mine:,.0f} /s", "-", mine, Bar(">=", 20_000, "/s"), is_ratio=False)


def _pick_up(queue: Queue) -> Row:
    progress("jobs: pick-up on an idle queue")
    queue.empty()
    times = queue.bench("pickup", PICK_UPS)
    ours = f"p50 {times['p50']:.1f} ms, p99 {times['p99']:.1f} ms"
    bar = Bar("<=", 50, "ms")
    notes = [] if times["p50"] <= 10 else ["pick-up: the median is over its bar of 10 ms"]
    return Row("jobs: pick-up on an idle queue, p99", ours, "-", times["p99"], bar, is_ratio=False, notes=notes)


def _deep(queue: Queue) -> Row:
    progress(f"jobs: claims with {DEEP:,} queued")
    queue.empty()
    queue.sql(
        "INSERT INTO jobs (id, queue, kind, payload, max_attempts)"
        f" SELECT gen_random_uuid(), 'default', 'bench', '1', 5 FROM generate_series(1, {DEEP});"
    )
    queue.sql("VACUUM ANALYZE jobs")
    times = queue.bench("deep", CLAIMS)
    ours = f"p50 {times['p50']:.1f} ms, p99 {times['p99']:.1f} ms"
    return Row("jobs: claim with 1 M queued, p99", ours, "-", times["p99"], Bar("<=", 20, "ms"), is_ratio=False)


def _orphans(queue: Queue) -> Row:
    """Workers at all phases of their heartbeat die at once."""
    count = HOLDERS * HELD
    progress(f"jobs: {count} orphans of killed workers, about a minute")
    queue.empty()
    holders: list[subprocess.Popen[bytes]] = []
    try:
        for number in range(HOLDERS):
            queue.sql(
                "INSERT INTO jobs (id, queue, kind, payload, max_attempts)"
                f" SELECT gen_random_uuid(), 'default', 'bench', '1', 5 FROM generate_series(1, {HELD})"
            )
            holders.append(queue.start("worker", HELD))
            queue.wait_for(f"SELECT count(*) = {HELD * (number + 1)} FROM jobs WHERE state = 'running'")
            time.sleep(1.25)
        rescuer = queue.start("orphans", count)
        holders.append(rescuer)
        time.sleep(random.uniform(2, 10))
        for holder in holders[:HOLDERS]:
            holder.kill()
        out, _ = rescuer.communicate(f"{time.time()}\n".encode(), timeout=150)
        times = json.loads(out)
    finally:
        for holder in holders:
            holder.kill()
            holder.wait()
    ours = f"p50 {times['p50'] / 1000:.1f} s, p99 {times['p99'] / 1000:.1f} s"
    work = "jobs: an orphan runs again after its worker's SIGKILL, p99"
    return Row(work, ours, "-", times["p99"] / 1000, Bar("<=", 40, "s"), is_ratio=False)


def _script(statements: list[tuple[str, list[str]]], places: Mapping[str, Mapping[int, str]], part: str) -> str:
    lines = []
    for name, (text, values) in zip(("insert", "claim", "complete"), statements):
        # pgbench would take what follows a colon for a variable.
        text = text.replace("HH24:MI:SS", "HH24-MI-SS")
        for number in range(len(values), 0, -1):
            text = text.replace(f"${number}", places[name].get(number, values[number - 1]))
        if name == "claim":
            # Another client may have been quicker; then there is nothing to complete.
            found = "COALESCE(array_agg(id), '{}') AS ids" if part == "batch" else "COALESCE(max(id::text), md5('')) AS id"
            lines.append(f"WITH claimed AS ({text}) SELECT {found} FROM claimed \\gset\n")
        else:
            lines.append(f"{text};\n")
    return "".join(lines)


class Queue:
    """The tables of the queue on a cluster, and the programs that use them."""

    def __init__(self, server: Cluster, bench: str) -> None:
        self._server = server
        self._program = bench
        self._environment = {**os.environ, "DATABASE_URL": server.url}

    def sql(self, text: str) -> str:
        return self._server.run(text)

    def empty(self) -> None:
        """As after its migration: no rows, some pages."""
        self.sql("DELETE FROM jobs; VACUUM ANALYZE jobs; CHECKPOINT;")

    def wait_for(self, condition: str) -> None:
        deadline = time.monotonic() + 30
        while self.sql(condition).strip() != "t":
            if time.monotonic() > deadline:
                raise NotMeasured("the workers did not take their jobs")
            time.sleep(0.05)

    def bench(self, part: str, number: int = 0) -> dict[str, float]:
        command = [self._program, "jobs", part, str(number)]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise NotMeasured((done.stderr or done.stdout).strip().splitlines()[-1])
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def start(self, part: str, number: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self._program, "jobs", part, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=self._environment)

    def pgbench(self, script: Path) -> float:
        return self._server.pgbench(script, WORKERS, SECONDS)

    def statements(self, part: str) -> list[tuple[str, list[str]]]:
        """The three statements of a turn with their parameters, as the server logs them."""
        self.sql("ALTER SYSTEM SET log_min_duration_statement = 0; SELECT pg_reload_conf();")
        time.sleep(0.5)
        self.bench(part, 1)
        self.sql("ALTER SYSTEM RESET log_min_duration_statement; SELECT pg_reload_conf();")
        time.sleep(0.5)
        found: dict[str, tuple[str, list[str]]] = {}
        for path in sorted((self._server.data / "log").glob("*.json")):
            for line in path.read_text(errors="replace").splitlines():
                record = json.loads(line)
                execute = re.match(r"duration: .*? ms  execute [^:]*: (.*)", record.get("message", ""), re.DOTALL)
                if execute is None:
                    continue
                for name, mark in (("insert", "INSERT INTO jobs "), ("claim", "level (floor, number)"),
                                   ("complete", "state = 'completed'")):
                    if mark in execute[1]:
                        values = re.findall(r"\$\d+ = (NULL|'(?:[^']|'')*')", record.get("detail", ""))
                        found[name] = (execute[1], values)
        if len(found) < 3:
            raise NotMeasured("the server has not logged the queue's statements")
        return [found[name] for name in ("insert", "claim", "complete")]
