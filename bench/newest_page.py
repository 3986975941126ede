"""The newest 50 messages of a channel that has 100,000: in the database, and as a whole request."""

import time
from statistics import median
from typing import Any, Final

import msgspec

from bench.figures import Figure, at_most, compared
from bench.wire import Http, WrongError, get
from bench.world import Bench, Instance, Rows, channel_id, keep, make_history, make_people, make_server, settle
from coterie.messages import pages

HISTORY: Final = 100_000
PAGE: Final = 50


async def run(bench: Bench) -> list[Figure]:
    async with bench.instance() as instance, bench.bare() as bare:
        await make_people(instance.rows, 1)
        await make_server(instance.rows, 0, range(1), range(1))
        await make_history(instance.rows, 0, 0, HISTORY)
        await settle(instance.rows)
        http, request = await Http.open(instance.address), page_request(instance)
        body = (await http.ask(request)).body
        check(body, HISTORY)
        await keep(bare, body)
        pairs = await _in_turns(bench, http, request, await Http.open(bare.address))
        return [await _execution(bench, instance.rows), _request(bench, pairs)]


def page_request(instance: Instance) -> bytes:
    return get(f"/api/channels/{channel_id(0)}/messages?limit={PAGE}", instance.token(0))


def check(body: bytes, history: int) -> None:
    """Check that the page is the newest, newest first."""
    seqs = [message["seq"] for message in msgspec.json.decode(body)]
    if seqs != list(range(history, max(0, history - PAGE), -1)):
        raise WrongError(f"the newest page has {seqs}")


async def _in_turns(bench: Bench, http: Http, request: bytes, bare: Http) -> list[tuple[float, float]]:
    kept, pairs = get("/kept"), []
    for _ in range(200 if bench.is_quick else 2_000):
        began = time.perf_counter()
        await http.ask(request)
        between = time.perf_counter()
        await bare.ask(kept)
        pairs.append(((between - began) * 1000, (time.perf_counter() - between) * 1000))
    return pairs


def _request(bench: Bench, pairs: list[tuple[float, float]]) -> Figure:
    measured, ceiling = (median(side) for side in zip(*pairs, strict=True))
    bench.tell(f"a page: {measured:.2f} ms; bare with the same bytes {ceiling:.2f} ms")
    name = f"newest page of {PAGE}, whole request"
    return compared(name, "ms", [(measured, ceiling)], at_most(4), "bare ASGI, same bytes")


class _Explaining:
    """Takes the place of a connection, and has PostgreSQL explain the statement instead."""

    def __init__(self, rows: Rows) -> None:
        self._rows: Final = rows
        self.plan: dict[str, Any] = {}

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        text = await self._rows.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
        self.plan = msgspec.json.decode(text)[0]
        return []


async def _execution(bench: Bench, rows: Rows) -> Figure:
    times = []
    for _ in range(50):
        explaining: Any = _Explaining(rows)
        await pages.newest(explaining, channel_id(0), PAGE)
        if "Index Scan" not in (kind := explaining.plan["Plan"]["Plans"][0]["Node Type"]):
            raise WrongError(f"the newest page is read by a {kind}")
        times.append(explaining.plan["Execution Time"])
    middle = median(times)
    bench.tell(f"a page in the database: {middle:.3f} ms, by index")
    name = f"newest page of {PAGE} of {HISTORY:,}, in the database"
    return Figure(
        name, middle, "ms", middle, at_most(0.1, "ms"), note="EXPLAIN ANALYZE of the statement; an index scan"
    )
