"""One request over a new connection, for looking at an answer rather than for measuring."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping

from process import Server


def request(
    server: Server, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
) -> tuple[int, bytes]:
    if server.scheme == "https":
        # Of a certificate that was made for this run.
        trusting = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=10, context=trusting)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        kind = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, body=body, headers={**kind, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
