"""HAProxy with one thread: a plain proxy, and one that verifies every token as its manual says to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine import SERVER_CORE
from process import Server, free_port, serve
from workspace import tool

# Two descriptors a connection: more than 9,900 would not fit into 20,000.
CONFIGURATION = """
global
    nbthread 1
    maxconn 9900
    tune.bufsize 16384
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout http-request 5s
    timeout http-keep-alive 60s
    timeout queue 2s
    option http-keep-alive
    http-reuse always
frontend raw
    bind 127.0.0.1:{raw} backlog 4096
    http-request del-header x-user-id
    http-request del-header x-internal -m beg
    http-request set-header x-request-id %[uuid()] unless {{ req.hdr(x-request-id) -m reg ^[A-Za-z0-9_-]{{8,64}}$ }}
    option forwardfor
    default_backend up
frontend tokens
    bind 127.0.0.1:{tokens} backlog 4096
    http-request del-header x-user-id
    http-request del-header x-internal -m beg
    http-request set-header x-request-id %[uuid()] unless {{ req.hdr(x-request-id) -m reg ^[A-Za-z0-9_-]{{8,64}}$ }}
    http-request deny deny_status 401 unless {{ req.hdr_cnt(authorization) eq 1 }}
    http-request set-var(txn.alg) http_auth_bearer,jwt_header_query('$.alg')
    http-request set-var(txn.iss) http_auth_bearer,jwt_payload_query('$.iss')
    http-request set-var(txn.aud) http_auth_bearer,jwt_payload_query('$.aud')
    http-request set-var(txn.sub) http_auth_bearer,jwt_payload_query('$.sub')
    http-request set-var(txn.exp) http_auth_bearer,jwt_payload_query('$.exp','int')
    http-request set-var(txn.now) date()
    http-request deny deny_status 401 unless {{ var(txn.iss) -m str {issuer} }}
    http-request deny deny_status 401 unless {{ var(txn.aud) -m str {audience} }}
    http-request deny deny_status 401 unless {{ var(txn.exp) -m found }}
    http-request deny deny_status 401 if {{ var(txn.exp),sub(txn.now) -m int lt 0 }}
    acl rs var(txn.alg) -m str RS256
    acl hs var(txn.alg) -m str HS256
    http-request deny deny_status 401 if !rs !hs
    http-request deny deny_status 401 if rs !{{ http_auth_bearer,jwt_verify(txn.alg,"{rsa}") -m int 1 }}
    http-request deny deny_status 401 if hs !{{ http_auth_bearer,jwt_verify(txn.alg,"{secret}") -m int 1 }}
    http-request set-header x-user-id %[var(txn.sub)]
    http-request del-header authorization
    option forwardfor
    default_backend up
backend up
    server s1 127.0.0.1:{upstream} maxconn 4096 pool-max-conn 512
"""


@dataclass(frozen=True)
class Trust:
    """Whose tokens are taken."""

    issuer: str = "none"
    audience: str = "none"
    secret: str = "0" * 32
    rsa: str = ""


@contextmanager
def haproxy(folder: Path, upstream: int, trust: Trust | None = None) -> Iterator[Mapping[str, Server]]:
    """The plain proxy and the verifying one, by `raw` and `tokens`; both are one process."""
    trust = trust or Trust()
    ports = {"raw": free_port(), "tokens": free_port()}
    text = CONFIGURATION.format(
        **ports, upstream=upstream, issuer=trust.issuer, audience=trust.audience, secret=trust.secret,
        rsa=trust.rsa or "/nowhere",
    )  # fmt: skip
    if not trust.rsa:
        text = "\n".join(line for line in text.splitlines() if " rs " not in f"{line} " and "!rs" not in line) + "\n"
    configuration = folder / "haproxy.cfg"
    configuration.write_text(text)
    command = [tool("haproxy"), "-db", "-q", "-f", str(configuration)]
    with serve("HAProxy", command, ports["raw"], SERVER_CORE, folder / "haproxy.log") as server:
        tokens = Server(server.name, ports["tokens"], server.process)
        yield {"raw": server, "tokens": tokens}


def haproxy_version() -> str:
    said = subprocess.run([tool("haproxy"), "-v"], capture_output=True, text=True, timeout=10).stdout
    return said.split()[2].partition("-")[0]
