"""The gateway as a proxy, beside those that are only that."""

from __future__ import annotations

from collections.abc import Iterator

from areas.gateway import idle, latency, raw, tokens, transfer
from report import NotMeasured, Row
from workspace import private_folder


def rows() -> Iterator[Row]:
    for part in (raw, tokens, latency, idle, transfer):
        try:
            with private_folder() as folder:
                yield from part.rows(folder)
        except NotMeasured as reason:
            yield Row(part.WORK, "not measured", bar=part.BAR, notes=[f"{part.WORK}: {reason}"])
