"""The HTTP server and a service around it."""

from __future__ import annotations

from collections.abc import Iterator

from areas.http import hello, http2, idle, startup, tls, transfer, typed
from report import NotMeasured, Row
from workspace import private_folder


def rows() -> Iterator[Row]:
    for part in (hello, http2, typed, tls, transfer, idle, startup):
        try:
            with private_folder() as folder:
                yield from part.rows(folder)
        except NotMeasured as reason:
            yield Row(part.WORK, "not measured", bar=part.BAR, notes=[f"{part.WORK}: {reason}"])
