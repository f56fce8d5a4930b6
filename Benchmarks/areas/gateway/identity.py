"""Tokens for the proxies that verify them: of our gateway, whose key all may check, or made by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

from areas.gateway.setup import BODY, verify
from client import request
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from process import Server
from report import NotMeasured

ISSUER = "http://bench.example"
AUDIENCE = "pentad"
SECRET = "0123456789abcdef0123456789abcdef"


class Bearer(Server):
    """A server together with the token that its requests carry; without one they go where none is needed."""

    def __init__(self, server: Server, token: str | None, name: str | None = None) -> None:
        super().__init__(name or server.name, server.port, server.process)
        self.token = token
        self.path = "/jobs/1" if token else "/open/1"
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def check(self) -> None:
        """It lets the token in, and neither none nor one whose signature is off by a bit."""
        verify(self, self.path, BODY, self.headers)
        if self.token:
            head, body, signature = self.token.split(".")
            place = len(signature) // 2
            other = "B" if signature[place] == "A" else "A"
            broken = f"{head}.{body}.{signature[:place]}{other}{signature[place + 1:]}"
            verify(self, self.path, BODY, status=401)
            verify(self, self.path, BODY, {"Authorization": f"Bearer {broken}"}, status=401)


def settings(algorithm: str, remembered: int) -> dict[str, str]:
    """Of a gateway whose tokens the others understand."""
    return {
        "TOKEN_ALGORITHM": algorithm,
        "TOKEN_CACHE_SIZE": str(remembered),
        "TOKEN_ISSUER": ISSUER,
        "TOKEN_AUDIENCE": AUDIENCE,
    }


def login(gateway: Server) -> str:
    body = {"keycloak_id": "bench", "username": "bench", "email": "bench@example.org"}
    status, answer = request(gateway, "POST", "/api/auth/login", json.dumps(body).encode())
    if status != 200:
        raise NotMeasured(f"signing in is answered {status}")
    return str(json.loads(answer)["token"])


def published(gateway: Server) -> str:
    return request(gateway, "GET", "/.well-known/jwks.json")[1].decode()


def write_rsa_key(gateway: Server, path: Path) -> Path:
    """The gateway's public key as the PEM file that HAProxy reads."""
    key = json.loads(published(gateway))["keys"][0]
    numbers = RSAPublicNumbers(e=_number(key["e"]), n=_number(key["n"]))
    path.write_bytes(numbers.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def signed_by_hand() -> str:
    """With `SECRET`, and the claims that the gateway's own tokens have: nobody else knows its secret."""
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "1", "exp": now + 86_400, "iat": now, "nbf": now,
        "jti": "0123456789abcdef0123456789abcdef", "roles": [],
    }  # fmt: skip
    head = {"alg": "HS256", "typ": "at+jwt", "kid": "bench"}
    text = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{text}.{_encoded(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
