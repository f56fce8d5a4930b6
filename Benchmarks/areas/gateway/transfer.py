"""1 GiB up and down through a proxy."""

from __future__ import annotations

from pathlib import Path

from areas.gateway.identity import AUDIENCE, ISSUER, published, settings
from areas.gateway.setup import nginx_proxy, our_gateway, sink
from areas.http.transfer import SIZE, fill, run_client
from duel import duel
from peers.envoy import envoy, envoy_version
from peers.haproxy import haproxy, haproxy_version
from peers.nginx import nginx_version
from process import Server
from report import Bar, Row
from usage import PeakMemory
from workspace import require_disk

WORK = "1 GiB through the proxy"
BAR = Bar(">=", 1.0, "x")
MEMORY_BAR = Bar("<=", 5, "MiB")


def rows(folder: Path) -> list[Row]:
    require_disk(folder, 2)
    source = folder / "file"
    fill(source)
    with (
        sink(folder, source) as behind,
        our_gateway(folder, behind.port, settings("EdDSA", remembered=10_000)) as ours,
        haproxy(folder, behind.port) as proxies,
        nginx_proxy(folder, behind.port) as web,
        envoy(folder, behind.port, ISSUER, AUDIENCE, published(ours)) as mesh,
    ):
        servers = [ours, proxies["raw"], web, mesh["raw"]]
        return [row for direction in ("upload", "download") for row in _compare(direction, source, servers)]


def _compare(direction: str, source: Path, servers: list[Server]) -> list[Row]:
    growth: dict[str, list[int]] = {server.name: [] for server in servers}

    def transfer(server: Server) -> tuple[float, float]:
        peak = PeakMemory(server.family())
        seconds = run_client(direction, server, source)
        growth[server.name].append(peak.growth())
        return SIZE / 2**20, seconds

    work = f"{WORK}, {direction}"
    done = duel(work, servers, transfer, rounds=3)
    titles = {
        "HAProxy": f"HAProxy {haproxy_version()}",
        "nginx": f"nginx {nginx_version()}",
        "Envoy": f"Envoy {envoy_version()}",
    }
    speed, effort = (lambda round: round.per_second), (lambda round: round.per_cpu_second)
    rows = []
    for unit, figure, bar in (("second", speed, BAR), ("CPU-second", effort, None)):
        best = max(titles, key=lambda name: done.median(name, figure))
        others = ", ".join(f"{done.median(name, figure):,.0f} ({title})" for name, title in titles.items())
        rows.append(
            Row(
                f"{work}, MiB per {unit}", f"{done.median('Pentad', figure):,.0f}", others,
                done.ratio("Pentad", best, figure), bar,
            )
        )  # fmt: skip
    memory = {name: max(values) / 2**20 for name, values in growth.items()}
    others = ", ".join(f"{memory[name]:.1f} MiB ({title})" for name, title in titles.items())
    rows.append(
        Row(
            f"{work}, memory grows by", f"{memory['Pentad']:.1f} MiB", others, memory["Pentad"], MEMORY_BAR,
            is_ratio=False,
        )
    )  # fmt: skip
    return rows
