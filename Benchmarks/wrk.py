"""Load on a server by wrk, from the other core."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from machine import CLIENT_CORE
from report import NotMeasured
from workspace import tool

CONNECTIONS = 64


def load(url: str, seconds: int, script: Path | None = None, *, closing: bool = False) -> tuple[float, float]:
    """Requests answered, and the seconds that took; `closing` takes a new connection for each."""
    command = ["taskset", "-c", str(CLIENT_CORE), tool("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    if script:
        command += ["-s", str(script)]
    if closing:
        command += ["-H", "Connection: close"]
    ended = subprocess.run([*command, url], capture_output=True, text=True, timeout=seconds + 30)
    count = re.search(r"(\d+) requests in", ended.stdout)
    pace = re.search(r"Requests/sec: +([\d.]+)", ended.stdout)
    trouble = re.search(r"Non-2xx.*", ended.stdout) or re.search(r"Socket errors: connect .*[1-9].*, timeout", ended.stdout)
    if ended.returncode or not count or not pace or trouble:
        raise NotMeasured(f"wrk {url}: {trouble.group() if trouble else ended.stderr.strip() or 'no figure'}")
    return int(count[1]), int(count[1]) / float(pace[1])


def write_post_script(path: Path, body: bytes) -> Path:
    path.write_text(
        f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body.decode()}]==]\n'
    )
    return path
