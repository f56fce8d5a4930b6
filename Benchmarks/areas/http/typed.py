"""A JSON body of 1 KB: decoded, validated, answered as JSON again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import wrk
from client import request
from compare import compare
from duel import duel
from peers.fastapi import fastapi
from pentad import bench_server
from process import Server
from report import Bar, NotMeasured, Row

WORK = "typed endpoint, 1 KB"
BAR = Bar(">=", 10.0, "x")
ORDER: dict[str, Any] = {
    "id": 48_213,
    "customer": "Northside Imaging Center",
    "email": "orders@northside-imaging.example",
    "note": "Deliver to the second floor; ring for Dr. Weber. Call before you come.",
    "express": True,
    "tags": ["radiology", "returning", "net-30", "fragile"],
    "items": [
        {"sku": f"PNT-{number:04}-{'ABCDEFGHIJKLMN'[number]}X", "quantity": 1 + 7 * number, "price": 19.25 * (number + 1)}
        for number in range(14)
    ],
}


def rows(folder: Path) -> list[Row]:
    body = json.dumps(ORDER, separators=(",", ":")).encode()
    script = wrk.write_post_script(folder / "post.lua", body)
    with bench_server(folder) as ours, fastapi(folder) as peer:
        for server in (ours, peer):
            _verify(server, body)
        done = duel(WORK, [ours, peer], lambda server: wrk.load(server.url("/typed"), 2, script), rounds=5)
    return compare(WORK, done, {"FastAPI": ("FastAPI + uvicorn", BAR)})


def _verify(server: Server, body: bytes) -> None:
    """Both echo the order, and both refuse one against the rules."""
    status, answer = request(server, "POST", "/typed", body)
    if status != 200 or json.loads(answer) != ORDER:
        raise NotMeasured(f"{server.name} answers {status} {answer[:100]!r}")
    wrong = json.dumps({**ORDER, "items": [{**ORDER["items"][0], "quantity": 1001}]}).encode()
    status, answer = request(server, "POST", "/typed", wrong)
    if status not in (400, 422):
        raise NotMeasured(f"{server.name} answers {status} to an order against the rules")
