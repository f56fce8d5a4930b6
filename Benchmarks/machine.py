"""The machine that the figures are from, and the cores that the two sides of a measurement stand on."""

from __future__ import annotations

import datetime
import os
import platform

from report import fail

_cores = sorted(os.sched_getaffinity(0))
SERVER_CORE = _cores[0]
CLIENT_CORE = _cores[-1]


def require_two_cores() -> None:
    if len(_cores) < 2:
        fail("two cores are needed: one for the server, one for the load")


def describe_machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.date.today()}, {_processor()}, {os.cpu_count()} cores, {_memory_gib()} GiB, "
        f"Linux {platform.release().split('-')[0]}, load {load:.1f} at the end"
    )


def _processor() -> str:
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
