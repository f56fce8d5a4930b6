"""The table: one row for each thing measured, with the bar it is held to."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import NoReturn


@dataclass(frozen=True)
class Bar:
    """A limit for a figure, as it is printed: `Bar(">=", 1.0, "x")` is `>= 1.0x`."""

    sign: str
    limit: float
    unit: str

    def holds(self, figure: float) -> bool:
        return {">=": figure >= self.limit, "<=": figure <= self.limit, "<": figure < self.limit}[self.sign]

    def __str__(self) -> str:
        gap = "" if self.unit == "x" else " "
        return f"{self.sign} {self.limit:g}{gap}{self.unit}"


@dataclass(frozen=True)
class Row:
    """`figure` is what the bar is held against; where the unit is `x` it is the ratio of ours to the peer's."""

    work: str
    ours: str
    peer: str = "-"
    figure: float | None = None
    bar: Bar | None = None
    is_ratio: bool = True
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.bar is None or (self.figure is not None and self.bar.holds(self.figure))

    def cells(self) -> list[str]:
        ratio = f"{self.figure:.2f}x" if self.is_ratio and self.figure is not None else "-"
        verdict = "" if self.holds else " (missed)"
        return [self.work, self.ours, self.peer, ratio, f"{self.bar}{verdict}" if self.bar else "-"]


class NotMeasured(Exception):
    """Why a row could not be measured, in one line."""


def table(rows: list[Row]) -> str:
    """The rows as aligned Markdown, their notes below."""
    lines = [["work", "ours", "peer", "ratio", "bar"], *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    printed = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
    printed.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = dict.fromkeys(note for row in rows for note in row.notes)
    return "\n".join([*printed, *([""] if notes else []), *(f"- {note}" for note in notes)])


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def fail(line: str, status: int = 1) -> NoReturn:
    print(f"bench: {line}", file=sys.stderr)
    sys.exit(status)
