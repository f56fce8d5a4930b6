"""A small answer through a proxy, without tokens, to 64 connections that stay."""

from __future__ import annotations

from pathlib import Path

import wrk
from areas.gateway.setup import BODY, nginx_proxy, our_gateway, upstream, verify
from compare import compare
from duel import duel
from peers.haproxy import haproxy, haproxy_version
from peers.nginx import nginx_version
from report import Bar, Row

WORK = "raw proxy"
BAR = Bar(">=", 1.1, "x")


def rows(folder: Path) -> list[Row]:
    with (
        upstream(folder) as behind,
        our_gateway(folder, behind.port) as ours,
        haproxy(folder, behind.port) as proxies,
        nginx_proxy(folder, behind.port) as web,
    ):
        servers = [ours, proxies["raw"], web]
        for server in servers:
            verify(server, "/open/job", BODY)
        done = duel(WORK, servers, lambda server: wrk.load(server.url("/open/job"), seconds=3), rounds=5)
    return compare(
        WORK, done, {"HAProxy": (f"HAProxy {haproxy_version()}", BAR), "nginx": (f"nginx {nginx_version()}", BAR)}
    )
