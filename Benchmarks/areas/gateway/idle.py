"""9,500 connections through a proxy that make two requests each, at length one after the other, and stay."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

from areas.gateway.identity import AUDIENCE, ISSUER, published, settings
from areas.gateway.setup import our_gateway, upstream
from areas.http.idle import CONNECTIONS, many_files
from peers.envoy import envoy, envoy_version
from peers.haproxy import haproxy, haproxy_version
from process import Server
from report import Bar, Row, progress
from usage import resident

WORK = f"{CONNECTIONS:,} keep-alive connections through the proxy, two rounds"
BAR = Bar("<=", 4.0, "KiB")


def rows(folder: Path) -> list[Row]:
    with (
        many_files(),
        upstream(folder) as behind,
        our_gateway(folder, behind.port, settings("EdDSA", remembered=10_000)) as ours,
        haproxy(folder, behind.port) as proxies,
        envoy(folder, behind.port, ISSUER, AUDIENCE, published(ours)) as mesh,
    ):
        held = [_hold(server) for server in (ours, proxies["raw"], mesh["raw"])]
    (mine, failed), (theirs, peer_failed), (mesh_each, mesh_failed) = held
    peers = (
        f"{theirs:.1f} KiB each, {peer_failed} errors (HAProxy {haproxy_version()}); "
        f"{mesh_each:.1f} KiB, {mesh_failed} (Envoy {envoy_version()})"
    )
    return [
        Row(f"{WORK}: memory each", f"{mine:.1f} KiB", peers, mine, BAR, is_ratio=False),
        Row(f"{WORK}: errors", f"{failed}", "", failed, Bar("<=", 0, "errors"), is_ratio=False),
    ]


def _hold(server: Server) -> tuple[float, int]:
    """Memory a connection in KiB, and how many requests failed."""
    progress(f"{WORK}: {server.name}")
    before = resident(server.family())
    failed = 0
    with ExitStack() as open_connections:
        connections = [
            open_connections.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            for _ in range(CONNECTIONS)
        ]
        for _ in range(2):
            for connection in connections:
                try:
                    connection.sendall(b"GET /open/1 HTTP/1.1\r\nHost: bench\r\n\r\n")
                    failed += not connection.recv(4096).startswith(b"HTTP/1.1 200")
                except OSError:
                    failed += 1
        return (resident(server.family()) - before) / CONNECTIONS / 1024, failed
