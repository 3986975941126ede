"""Pages of 50 of a channel that has 100,000 messages: the newest in the database and as a whole request, and what 16
clients at once can read, of the newest page and of one from the middle.
"""

import asyncio
import time
from statistics import median
from typing import Any, Final

import msgspec

from bench.figures import Figure, at_most, compared, shares
from bench.machine import Effort
from bench.wire import Http, WrongError, get
from bench.world import (
    Bench,
    Instance,
    Rows,
    Running,
    channel_id,
    keep,
    make_history,
    make_people,
    make_server,
    settle,
)
from coterie.messages import pages

HISTORY: Final = 100_000
PAGE: Final = 50
CLIENTS: Final = 16


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
        figures = [await _execution(bench, instance.rows), _request(bench, pairs)]
        old = await instance.rows.fetchval("SELECT id FROM messages WHERE seq = $1", HISTORY // 2 + 1)
        asked = {
            "newest page of 50": (request, HISTORY),
            "page of 50 from the middle": (page_request(instance, f"&before={old}"), HISTORY // 2),
        }
        return figures + [await _crowd(bench, instance, bare, name, *each) for name, each in asked.items()]


def page_request(instance: Instance, cursor: str = "") -> bytes:
    return get(f"/api/channels/{channel_id(0)}/messages?limit={PAGE}{cursor}", instance.token(0))


async def _crowd(bench: Bench, instance: Instance, bare: Running, name: str, request: bytes, newest: int) -> Figure:
    """Pages per second, each client asking for the next when it has one; beside it, the same bytes."""
    pairs, efforts = [], []
    http = await Http.open(instance.address)
    body = (await http.ask(request)).body
    http.close()
    check(body, newest)
    await keep(bare, body)
    for _ in range(bench.rounds):
        ceiling, _ = await _asked(bare, get("/kept"), bench.seconds)
        rate, spent = await _asked(instance, request, bench.seconds)
        pairs.append((rate, ceiling))
        efforts.append(spent)
        bench.tell(f"{name}, {CLIENTS} clients: {rate:,.0f} pages/s; bare {ceiling:,.0f}/s")
    title = f"{name}, {CLIENTS} clients"
    return compared(title, "pages/s", pairs, None, "bare ASGI, same bytes", **shares(efforts))


async def _asked(running: Running, request: bytes, seconds: float) -> tuple[float, Effort]:
    """Answers per second to clients who ask again and again."""
    connections = [await Http.open(running.address) for _ in range(CLIENTS)]
    count = 0
    with running.effort() as spent:
        deadline = time.perf_counter() + seconds

        async def ask(http: Http) -> None:
            nonlocal count
            while time.perf_counter() < deadline:
                answer = await http.ask(request)
                if answer.status != 200:
                    raise WrongError(f"a page was answered {answer.status}: {answer.body[:200]!r}")
                count += 1

        await asyncio.gather(*map(ask, connections))
    for http in connections:
        http.close()
    return count / spent.seconds, spent


def check(body: bytes, history: int) -> None:
    """Check that the page ends with this message, newest first."""
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
