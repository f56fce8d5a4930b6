"""Rows of a duel."""

from __future__ import annotations

from duel import Duel
from report import Bar, Row


def compare(work: str, done: Duel, peers: dict[str, tuple[str, Bar | None]]) -> list[Row]:
    """Two rows a peer: by CPU-second, which is held to the bar, and by second."""
    rows = []
    for peer, (title, bar) in peers.items():
        notes = done.idle_note(work, "Pentad") + done.idle_note(work, peer)
        for unit, figure, limit in (
            ("CPU-second", lambda round: round.per_cpu_second, bar),
            ("second", lambda round: round.per_second, None),
        ):
            rows.append(
                Row(
                    f"{work}, requests per {unit}",
                    f"{done.median('Pentad', figure):,.0f}",
                    f"{done.median(peer, figure):,.0f} ({title})",
                    done.ratio("Pentad", peer, figure),
                    limit,
                    notes=notes,
                )
            )
    return rows
