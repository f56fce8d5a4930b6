"""A small answer through a proxy that verifies who asks: every token anew, or remembering those that held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import wrk
from areas.gateway.identity import (
    AUDIENCE, ISSUER, SECRET, Bearer, login, published, settings, signed_by_hand, write_rsa_key,
)  # fmt: skip
from areas.gateway.setup import our_gateway, upstream
from compare import compare
from duel import Duel, duel
from peers.envoy import envoy, envoy_version
from peers.haproxy import Trust, haproxy, haproxy_version
from report import Bar, Row

WORK = "proxy and tokens"
BAR = Bar(">=", 1.3, "x")


def rows(folder: Path) -> Iterator[Row]:
    for name, part in (("hs256", _symmetric), ("rs256", _asymmetric), ("cache", _remembered)):
        (folder / name).mkdir()
        yield from part(folder / name)


def _symmetric(folder: Path) -> list[Row]:
    work = "proxy + HS256, every token verified"
    with (
        upstream(folder) as behind,
        our_gateway(folder, behind.port, settings("HS256", remembered=0)) as ours,
        haproxy(folder, behind.port, Trust(ISSUER, AUDIENCE, SECRET)) as proxies,
    ):
        done = _measure(work, [Bearer(ours, login(ours)), Bearer(proxies["tokens"], signed_by_hand())])
    return compare(work, done, {"HAProxy": (f"HAProxy {haproxy_version()}", BAR)})


def _asymmetric(folder: Path) -> list[Row]:
    work = "proxy + RS256, every token verified"
    with upstream(folder) as behind, our_gateway(folder, behind.port, settings("RS256", remembered=0)) as ours:
        key = write_rsa_key(ours, folder / "key.pem")
        with (
            haproxy(folder, behind.port, Trust(ISSUER, AUDIENCE, rsa=str(key))) as proxies,
            envoy(folder, behind.port, ISSUER, AUDIENCE, published(ours)) as mesh,
        ):
            token = login(ours)
            done = _measure(work, [Bearer(server, token) for server in (ours, proxies["tokens"], mesh["tokens"])])
    bar = Bar(">=", 1.0, "x")
    return compare(
        work, done, {"HAProxy": (f"HAProxy {haproxy_version()}", bar), "Envoy": (f"Envoy {envoy_version()}", bar)}
    )


def _remembered(folder: Path) -> list[Row]:
    """Beside Envoy, and beside ourselves without any token."""
    work = "proxy + verified-token cache (EdDSA)"
    with (
        upstream(folder) as behind,
        our_gateway(folder, behind.port, settings("EdDSA", remembered=10_000)) as ours,
        envoy(folder, behind.port, ISSUER, AUDIENCE, published(ours)) as mesh,
    ):
        token = login(ours)
        subjects = [Bearer(ours, token), Bearer(mesh["cached"], token), Bearer(ours, None, name="open")]
        done = _measure(work, subjects)
    return compare(
        work,
        done,
        {
            "Envoy": (f"Envoy {envoy_version()}, cache of 1,000", Bar(">=", 1.5, "x")),
            "open": ("our own raw row", Bar(">=", 0.9, "x")),
        },
    )


def _measure(work: str, subjects: list[Bearer]) -> Duel:
    by_name = {subject.name: subject for subject in subjects}
    for subject in subjects:
        subject.check()
    return duel(
        work,
        subjects,
        lambda server: wrk.load(
            server.url(by_name[server.name].path), seconds=3, headers=by_name[server.name].headers
        ),
        rounds=5,
    )
