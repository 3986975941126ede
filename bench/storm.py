"""A reconnect storm: everyone in one server loses their sockets and comes back at once.

The cost of each user must not grow with their number. So the server's work, the statements and the frames that it sends
are measured for crowds of increasing size, per user. PostgreSQL itself counts the statements, in a separate cluster
that has the extension for it.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bench import machine
from bench.figures import Curve, Figure, at_most
from bench.machine import Effort
from bench.wire import DISPATCHED, READY, Socket, WrongError
from bench.world import Bench, Instance, make_people, make_server, prepare, settle
from coterie.database.embedded import Cluster

SIZES: Final = (500, 1_000, 2_000, 5_000)
QUICK_SIZES: Final = (50, 200)
AT_ONCE: Final = 200
"""The sockets that are opened at once when the crowd first connects, which is not measured."""

CALM_SECONDS: Final = 3.0
PATIENCE: Final = 300.0
TIMES: Final = "a crowd comes back at once: time for each"
NUMBERS: Final = "a crowd comes back at once: statements and frames for each"


class Ear(Socket):
    """A socket that counts the frames that it receives after READY."""

    def __init__(self) -> None:
        super().__init__(on_failure=self._note)
        self.failure: WrongError | None = None
        self.frames = self.bytes = self.resets = 0
        self.heard_at = 0.0

    def _note(self, failure: WrongError) -> None:
        self.failure = failure

    def _take_other(self, opcode: int, payload: bytes) -> None:
        if payload.startswith(DISPATCHED) and not payload.startswith(READY):
            self.frames += 1
            self.bytes += len(payload)
            self.resets += b'"PRESENCE_RESET"' in payload[:60]
            self.heard_at = time.perf_counter()
        super()._take_other(opcode, payload)


@dataclass(frozen=True, slots=True)
class Storm:
    """The results; `seconds` until everyone was connected again, `effort` until no more frames arrived."""

    people: int
    seconds: float
    effort: Effort
    statements: int
    frames: int
    bytes: int
    resets: int


async def run(bench: Bench) -> list[Figure | Curve]:
    with machine.on(bench.cores.server):
        cluster = Cluster.start(bench.directory / "storm", settings={"shared_preload_libraries": "pg_stat_statements"})
    with cluster:
        await prepare(cluster)
        counting = replace(bench, cluster=cluster)
        storms = [await _storm(counting, size) for size in (QUICK_SIZES if bench.is_quick else SIZES)]
    return [*_figures(storms), *_curves(storms)]


async def _storm(bench: Bench, people: int) -> Storm:
    async with bench.instance() as instance:
        await make_people(instance.rows, people)
        await make_server(instance.rows, 0, range(people), range(1))
        await instance.rows.execute("CREATE EXTENSION pg_stat_statements")
        await settle(instance.rows)
        paths = [instance.socket_path(number) for number in range(people)]
        ears = await _gather(instance, paths)
        await instance.rows.execute("SELECT pg_stat_statements_reset()")
        with instance.effort() as spent:
            for ear in ears:
                ear.close()
            began = time.perf_counter()
            async with asyncio.timeout(PATIENCE):
                ears = await asyncio.gather(*(Ear.open(instance.address, path) for path in paths))
                await _present(instance, people)
                seconds = time.perf_counter() - began
                await _calm(ears)
        storm = Storm(
            people,
            seconds,
            spent,
            await _statements(instance),
            sum(ear.frames for ear in ears),
            sum(ear.bytes for ear in ears),
            sum(ear.resets for ear in ears),
        )
        for ear in ears:
            ear.close()
    bench.tell(
        f"{people:,} people: all there after {seconds:.1f} s; each {_cost(storm):.1f} ms of processor time,"
        f" {storm.statements / people:.1f} statements, {storm.frames / people:.1f} frames,"
        f" {storm.bytes / people:,.0f} bytes, {storm.resets / people:.2f} resets"
    )
    return storm


async def _gather(instance: Instance, paths: list[str]) -> list[Ear]:
    """Everyone connects for the first time, in groups; waits until no more frames arrive."""
    ears: list[Ear] = []
    async with asyncio.timeout(PATIENCE):
        for first in range(0, len(paths), AT_ONCE):
            some = paths[first : first + AT_ONCE]
            ears += await asyncio.gather(*(Ear.open(instance.address, path) for path in some))
        await _present(instance, len(paths))
        await _calm(ears)
    return ears


async def _present(instance: Instance, people: int) -> None:
    """Until everyone counts as connected."""
    while await instance.rows.fetchval("SELECT count(*) FROM presences") != people:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def _calm(ears: list[Ear]) -> None:
    """Until nobody has received a frame for a while."""
    began = time.perf_counter()
    while time.perf_counter() - max(began, *(ear.heard_at for ear in ears)) < CALM_SECONDS:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    if failed := next((ear.failure for ear in ears if ear.failure), None):
        raise failed


async def _statements(instance: Instance) -> int:
    """The server's queries since the storm began, without transaction statements and our own queries."""
    count: int = await instance.rows.fetchval(
        """
        SELECT sum(calls)::bigint FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
        WHERE datname = current_database() AND query !~* '^(BEGIN|COMMIT|ROLLBACK|SELECT count\\(\\*\\) FROM presences)'
        """
    )
    return count


def _cost(storm: Storm) -> float:
    """Milliseconds of processor time per user, of the server and PostgreSQL together."""
    return storm.effort.server * 1000 / storm.people


def _figures(storms: list[Storm]) -> list[Figure]:
    """Whether each user of the largest crowd costs more than each of the smallest."""
    small, large = storms[0], storms[-1]
    note = (
        f"{large.people:,} people back after {large.seconds:.1f} s, {small.people:,} after {small.seconds:.1f} s; "
        f"{large.bytes / large.people:,.0f} bytes of events for each, beside READY"
    )
    pairs = [
        ("processor time", "ms", _cost(large), _cost(small), note),
        ("statements", "", large.statements / large.people, small.statements / small.people, ""),
        ("frames", "", large.frames / large.people, small.frames / small.people, ""),
    ]
    return [
        Figure(
            f"reconnect storm of {large.people:,}, {what} for each",
            measured,
            unit,
            measured / max(least, 1.0 if unit == "" else 0.001),
            at_most(2),
            least,
            f"{small.people:,} people",
            foreign=max(storm.effort.foreign for storm in storms),
            note=about,
        )
        for what, unit, measured, least, about in pairs
    ]


def _curves(storms: list[Storm]) -> list[Curve]:
    def curve(chart: str, name: str, unit: str, cost: Callable[[Storm], float]) -> Curve:
        return Curve(chart, name, "people", unit, [(storm.people, cost(storm)) for storm in storms])

    return [
        curve(TIMES, "processor time", "ms", _cost),
        curve(TIMES, "until all are there", "ms", lambda storm: storm.seconds * 1000 / storm.people),
        curve(NUMBERS, "statements", "number", lambda storm: storm.statements / storm.people),
        curve(NUMBERS, "frames", "number", lambda storm: storm.frames / storm.people),
    ]
