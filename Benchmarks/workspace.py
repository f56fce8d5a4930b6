"""Where things are: the executables under measurement and a private folder on disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from report import NotMeasured

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def executable(name: str) -> str:
    path = Path(os.environ.get("PENTAD_BIN") or ROOT / ".build/static/release") / name
    if not path.is_file():
        raise NotMeasured(f"{path} is missing: build it, or run ./dev bench")
    return str(path)


def tool(name: str) -> str:
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise NotMeasured(f"{name} is not installed")
    return path


@contextmanager
def private_folder() -> Iterator[Path]:
    """In the checkout rather than /tmp, which may be memory."""
    parent = ROOT / ".local"
    parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=parent) as folder:
        yield Path(folder)


def require_disk(folder: Path, gib: int) -> None:
    free = shutil.disk_usage(folder).free / 2**30
    if free < gib:
        raise NotMeasured(f"{gib} GiB of disk are needed under {folder.parent}, {free:.1f} are free")
