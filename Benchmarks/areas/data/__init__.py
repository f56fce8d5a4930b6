"""Tokens, the database, objects, jobs: each part beside its peer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from areas.data import engines, images, jobs, objects, postgres, presign, tokens
from report import NotMeasured, Row
from workspace import private_folder

# The name of a part, and what measures it in a folder of its own.
PARTS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "tokens": tokens.rows,
    "presign": presign.rows,
    "PostgreSQL": postgres.rows,
    "jobs": jobs.rows,
    "images": images.rows,
    "engines": engines.rows,
    "objects": objects.rows,
}


def rows() -> Iterator[Row]:
    for name, part in PARTS.items():
        try:
            with private_folder() as folder:
                yield from part(folder)
        except NotMeasured as reason:
            yield Row(name, "not measured", notes=[f"{name}: {reason}"])
