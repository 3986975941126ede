"""The process itself: the time from the command to the first response, and the memory without users."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

from bench import machine
from bench.figures import Figure, at_most
from bench.wire import Address
from bench.world import Bench, answering, end, free_port
from coterie.database.embedded import Cluster

STARTS: Final = 7


async def run(bench: Bench) -> list[Figure]:
    data = bench.directory / "start"
    with machine.on(bench.cores.server):
        Cluster.start(data).stop()
    starts = [await _start(bench, data) for _ in range(2 if bench.is_quick else STARTS)][1:]
    seconds, resident = median(each for each, _ in starts), median(each for _, each in starts)
    bench.tell(f"ready after {seconds:.2f} s, with {resident:.0f} MB")
    note = "`coterie dev` with an initialised cluster, PostgreSQL's start included, all on one core"
    return [
        Figure("start to ready", seconds, "s", seconds, at_most(1.5, "s"), note=note),
        Figure("process, idle after start", resident, "MB", resident, at_most(120, "MB"), note="without PostgreSQL"),
    ]


async def _start(bench: Bench, data: Path) -> tuple[float, float]:
    """Seconds until the first response, and megabytes a moment later."""
    port = free_port()
    environment = {**os.environ, "SERVER_PORT": str(port), "COTERIE_LOG_LEVEL": "warning"}
    began = time.perf_counter()
    with (bench.directory / "server.log").open("ab") as log, machine.on(bench.cores.server):
        process = subprocess.Popen(  # noqa: ASYNC220  (a fork takes no time)
            [sys.executable, "-m", "coterie", "dev", "--data", data], env=environment, stdout=log, stderr=log
        )
    try:
        await answering(process, Address("127.0.0.1", port), "/api/health/ready")
        seconds = time.perf_counter() - began
        return seconds, machine.resident_bytes(process.pid) / 1e6
    finally:
        end(process)
