"""Subjects measured in turns, so that what else the machine does falls on all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from process import Server
from report import progress
from usage import cpu_seconds

# Under this share of its core a server waited for its load.
SATURATED = 0.9


@dataclass(frozen=True)
class Round:
    amount: float
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        return self.amount / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.amount / self.cpu

    @property
    def busy(self) -> float:
        return self.cpu / self.seconds


class Duel:
    """The rounds of some subjects. A ratio is taken within each round, between neighbours in time, before the median."""

    def __init__(self, rounds: list[dict[str, Round]]) -> None:
        self._rounds = rounds

    def median(self, name: str, figure: Callable[[Round], float]) -> float:
        return statistics.median(figure(round[name]) for round in self._rounds)

    def ratio(self, ours: str, peer: str, figure: Callable[[Round], float]) -> float:
        return statistics.median(figure(round[ours]) / figure(round[peer]) for round in self._rounds)

    def idle_note(self, work: str, name: str) -> list[str]:
        busy = self.median(name, lambda round: round.busy)
        if busy >= SATURATED:
            return []
        return [f"{work}: {name} used {busy:.0%} of its core; its load, or others on the machine, set its pace"]


def duel(work: str, servers: Sequence[Server], run: Callable[[Server], tuple[float, float]], rounds: int) -> Duel:
    """`run` puts load on a server and says how much work was done in how many seconds."""
    done: list[dict[str, Round]] = []
    for number in range(rounds + 1):
        progress(f"{work}: " + (f"round {number} of {rounds}" if number else "warm-up"))
        order = servers if number % 2 else list(reversed(servers))
        measured = {server.name: _measure(server, run) for server in order}
        if number:
            done.append(measured)
    return Duel(done)


def _measure(server: Server, run: Callable[[Server], tuple[float, float]]) -> Round:
    family = server.family()
    before = cpu_seconds(family)
    amount, seconds = run(server)
    return Round(amount, seconds, cpu_seconds(family) - before)


def seconds_of(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start
