"""The process itself: the time from the command to the first response and to the first login, and the memory without
users."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

from bench import machine
from bench.figures import Figure, at_most, compared
from bench.wire import Address, get, post
from bench.world import Bench, Starting, answering, connected, end, free_port, make_people
from coterie.accounts.passwords import HASHER
from coterie.database.embedded import Cluster

STARTS: Final = 7
PASSWORD: Final = "correct horse battery staple"


async def run(bench: Bench) -> list[Figure]:
    data = bench.directory / f"start-{bench.installation.major}"
    with machine.on(bench.cores.server):
        Cluster.start(data, installation=bench.installation).stop()
    starts = [await _start(bench, data) for _ in range(2 if bench.is_quick else STARTS)][1:]
    seconds, resident = median(each for each, _ in starts), median(each for _, each in starts)
    bench.tell(f"ready after {seconds:.2f} s, with {resident:.0f} MB")
    note = "`coterie dev` with an initialised cluster, PostgreSQL's start included, all on one core"
    return [
        Figure("start to ready", seconds, "s", seconds, at_most(1.5, "s"), note=note),
        Figure("process, idle after start", resident, "MB", resident, at_most(120, "MB"), note="without PostgreSQL"),
        await _first_login(bench),
    ]


async def _first_login(bench: Bench) -> Figure:
    """PostgreSQL runs already; beside it, the barest application until its first response."""
    async with bench.database("bench_login") as url, connected(url) as rows:
        await make_people(rows, 1)
        await rows.execute("UPDATE users SET password_hash = $1", HASHER.hash(PASSWORD))
        login = post("/api/auth/login", {"username": "person_0", "password": PASSWORD})
        pairs = [
            (await _answered(bench.serving(url), login), await _answered(bench.serving_bare(), get("/kept")))
            for _ in range(2 if bench.is_quick else STARTS)
        ][1:]
    bench.tell(f"first login after {pairs[0][0]:.2f} s")
    note = "`coterie serve` with its database running and migrated, from the command to the access token"
    return compared("start to the first login", "s", pairs, None, "bare ASGI, first response", note=note)


async def _answered(starting: Starting, request: bytes) -> float:
    """Seconds until a process answers this request."""
    began = time.perf_counter()
    with starting as (process, address):
        await answering(process, address, request)
        return time.perf_counter() - began


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
        await answering(process, Address("127.0.0.1", port), get("/api/health/ready"))
        seconds = time.perf_counter() - began
        return seconds, machine.resident_bytes(process.pid) / 1e6
    finally:
        end(process)
