"""The machine: the core that is measured, the core of the load, and a description for the record."""

import contextlib
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

PACKAGES: Final = ("asyncpg", "httptools", "litestar", "msgspec", "uvicorn", "uvloop", "websockets")


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the server and its PostgreSQL, and the core of the load."""

    server: int
    load: int


def cores() -> Cores:
    """The first two cores that this process may use."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit("The benchmarks need two cores: one for the server and PostgreSQL, one for the load.")
    return Cores(usable[0], usable[1])


@contextlib.contextmanager
def on(*chosen: int) -> Iterator[None]:
    """Processes that are started in here run on these cores for their whole life."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(slots=True)
class Effort:
    """A duration in seconds, and who used the cores meanwhile.

    `server` is the processor time of what was measured; `load` the share of its core that the load used; `foreign` the
    share of the server's core that other processes took, which should be none.
    """

    seconds: float = 0.0
    server: float = 0.0
    load: float = 0.0
    foreign: float = 0.0


@contextlib.contextmanager
def effort(cores: Cores, *processes: int) -> Iterator[Effort]:
    """Measure what happens inside. `processes` are those on the server's core, including their children."""
    measured = Effort()
    spent, busy, own, began = (
        processor_seconds(*processes),
        _busy(cores.server),
        time.process_time(),
        time.perf_counter(),
    )
    yield measured
    measured.seconds = time.perf_counter() - began
    measured.load = (time.process_time() - own) / measured.seconds
    busy = _busy(cores.server) - busy
    measured.server = processor_seconds(*processes) - spent
    measured.foreign = max(0.0, (busy - measured.server) / measured.seconds)


def _busy(core: int) -> float:
    spent = psutil.cpu_times(percpu=True)[core]
    return float(sum(spent) - spent.idle - spent.iowait - spent.guest - spent.guest_nice)


def processor_seconds(*processes: int) -> float:
    """The processor time of processes and their descendants so far, including those that have ended."""
    spent = 0.0
    for process in processes:
        parent = psutil.Process(process)
        for each in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
    return spent


def resident_bytes(process: int) -> int:
    return int(psutil.Process(process).memory_info().rss)


def description(directory: Path) -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "disk": _filesystem(directory),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _filesystem(directory: Path) -> str:
    """The kind of file system; in memory nothing would be durable, and the figures would be meaningless."""
    place = directory.resolve()
    holding = [each for each in psutil.disk_partitions(all=True) if place.is_relative_to(each.mountpoint)]
    kind = max(holding, key=lambda each: len(each.mountpoint)).fstype
    if kind in {"tmpfs", "ramfs"}:
        raise SystemExit(f"{directory} lies in memory ({kind}); --data must name a directory on a real disk.")
    return kind
