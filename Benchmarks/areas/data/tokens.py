"""Tokens verified, beside the bare call to OpenSSL for the signature alone."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from machine import SERVER_CORE
from report import Bar, NotMeasured, Row, progress
from workspace import executable, tool

TURNS = 3
BAR = Bar(">=", 0.7, "x")
NOTE = (
    "tokens: ours is the whole path from the text to the checked claims, the peer `openssl speed` for the signature "
    "alone over as many bytes; a remembered token costs one SHA-256 of it"
)


def rows(folder: Path) -> Iterator[Row]:
    turns = [_turn(number) for number in range(1, TURNS + 1)]
    for algorithm, peer in (("HS256", "HMAC"), ("EdDSA", "Ed25519"), ("ES256", "P-256"), ("RS256", "RSA 2048")):
        ours, theirs = (
            statistics.median(turn[work] for turn in turns) for work in (f"{algorithm} verify", peer)
        )
        ratio = statistics.median(turn[f"{algorithm} verify"] / turn[peer] for turn in turns)
        yield Row(
            f"{algorithm} tokens verified, per CPU-second",
            f"{ours:,.0f}",
            f"{theirs:,.0f} (openssl speed)",
            ratio,
            BAR if algorithm in ("HS256", "EdDSA") else None,
            notes=[NOTE],
        )
    remembered = statistics.median(turn["EdDSA verify, remembered"] for turn in turns)
    yield Row("remembered tokens verified, per CPU-second", f"{remembered:,.0f}")


def _turn(number: int) -> dict[str, float]:
    progress(f"tokens: turn {number} of {TURNS}")
    rates: dict[str, float] = {}
    signed_bytes = 0
    for line in _run([executable("data-bench"), "tokens"]).splitlines():
        figure = json.loads(line)
        rates[figure["work"]] = figure["per_cpu_second"]
        if figure["work"] == "HS256 verify":
            signed_bytes = figure["signed_bytes"]
    speed = [tool("openssl"), "speed", "-mr", "-seconds", "2"]
    # `+F:9:hmac(sha256):BYTES_PER_SECOND`, `+F6:0:253:Ed25519:SIGNS:VERIFICATIONS`, `+F4:...`, `+F2:...`
    mac = _figures(_run([*speed, "-bytes", str(signed_bytes), "-hmac", "sha256"]), "+F:")
    rates["HMAC"] = mac / signed_bytes
    rates["Ed25519"] = _figures(_run([*speed, "ed25519"]), "+F6:")
    rates["P-256"] = _figures(_run([*speed, "ecdsap256"]), "+F4:")
    rates["RSA 2048"] = _figures(_run([*speed, "rsa2048"]), "+F2:")
    return rates


def _figures(text: str, kind: str) -> float:
    """The last figure of the line of this kind: bytes or verifications per second."""
    for line in text.splitlines():
        if line.startswith(kind):
            return float(line.rsplit(":", 1)[1])
    raise NotMeasured(f"openssl speed printed no line {kind}")


def _run(command: Sequence[str]) -> str:
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    try:
        return subprocess.run(pinned, capture_output=True, text=True, timeout=120, check=True).stdout
    except subprocess.SubprocessError as error:
        raise NotMeasured(str(error)) from error
