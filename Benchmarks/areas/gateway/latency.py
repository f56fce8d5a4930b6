"""What a proxy that verifies tokens adds to the slowest answers, at a load that none of them finds hard."""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

from areas.gateway.identity import AUDIENCE, ISSUER, Bearer, login, settings, write_rsa_key
from areas.gateway.setup import our_gateway, upstream
from machine import CLIENT_CORE
from peers.haproxy import Trust, haproxy, haproxy_version
from process import Server
from report import Bar, NotMeasured, Row, progress
from workspace import tool

WORK = "added p99 at 2,000 requests/s, RS256"
BAR = Bar("<=", 1.0, "x")
CLIENTS = 40
RATE = 50
SECONDS = 6
ROUNDS = 5


def rows(folder: Path) -> list[Row]:
    with upstream(folder) as behind, our_gateway(folder, behind.port, settings("RS256", remembered=0)) as ours:
        key = write_rsa_key(ours, folder / "key.pem")
        with haproxy(folder, behind.port, Trust(ISSUER, AUDIENCE, rsa=str(key))) as proxies:
            token = login(ours)
            subjects = [
                Bearer(behind, token, name="direct"), Bearer(ours, token), Bearer(proxies["tokens"], token),
            ]  # fmt: skip
            for subject in subjects[1:]:
                subject.check()
            added: dict[str, list[float]] = {subject.name: [] for subject in subjects[1:]}
            for number in range(ROUNDS):
                progress(f"{WORK}: round {number + 1} of {ROUNDS}")
                found = {subject.name: _p99(subject, folder / "log") for subject in subjects}
                for name, values in added.items():
                    values.append(found[name] - found["direct"])
    mine, theirs = (statistics.median(values) / 1000 for values in added.values())
    return [Row(WORK, f"{mine:.2f} ms", f"{theirs:.2f} ms (HAProxy {haproxy_version()})", mine / theirs, BAR)]


def _p99(server: Bearer, log: Path) -> float:
    """In microseconds, of all requests after the first second."""
    log.unlink(missing_ok=True)
    command = [
        "taskset", "-c", str(CLIENT_CORE), tool("h2load"), "--h1", "-t1", f"-c{CLIENTS}", f"--rps={RATE}",
        f"-D{SECONDS}", "--warm-up-time=1", f"--log-file={log}",
    ]  # fmt: skip
    for name, value in server.headers.items():
        command += ["-H", f"{name}: {value}"]
    ended = subprocess.run([*command, server.url(server.path)], capture_output=True, text=True, timeout=SECONDS + 30)
    if ended.returncode:
        raise NotMeasured(f"h2load: {ended.stderr.strip() or ended.stdout.strip()}")
    answers = [line.split("\t") for line in log.read_text().splitlines()]
    times = sorted(int(answer[2]) for answer in answers)
    wanted = CLIENTS * RATE * SECONDS
    if len(times) < wanted * 0.9 or any(answer[1] != "200" for answer in answers):
        raise NotMeasured(f"{server.name} answered {len(times)} of {wanted} requests, or not with 200")
    return times[int(len(times) * 0.99)]
