"""One user alone: the time until a message is durable, compared with the unavoidable part of it.

That is one commit of the insert, and one HTTP exchange with the barest application. All three take turns, so that they
use the same disk under the same conditions.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Final

from bench import ledger
from bench.figures import Figure, at_most, compared
from bench.ledger import Ledger
from bench.pgbench import CONTENT
from bench.sends import message, populate, post_message, send_frame
from bench.wire import Http, Socket, post
from bench.world import Bench, Instance, Rows, Running, channel_id, connected, keep, person_id

INSERT: Final = """
WITH placed AS (UPDATE topics SET position = position + 1 WHERE id = $1 RETURNING id, position)
INSERT INTO messages (id, channel_id, author_id, nonce, seq, version, content, created_at)
SELECT uuidv7(), id, $2, gen_random_uuid()::text, position, position, $3, now() FROM placed
"""

Ask = Callable[[], Awaitable[object]]


async def run(bench: Bench) -> list[Figure]:
    async with (
        bench.database("bench_ceiling") as url,
        connected(url) as rows,
        bench.instance() as instance,
        bench.bare() as bare,
    ):
        await populate(rows, 64)
        await populate(instance.rows, 64)
        return await _measure(bench, instance, bare, rows)


async def _measure(bench: Bench, instance: Instance, bare: Running, rows: Rows) -> list[Figure]:
    book = Ledger()
    ways = {
        "commit": await _commit(rows),
        "REST": await _rest(instance, book),
        "gateway": await _gateway(instance, book),
        "exchange": await _exchange(bare, instance, book),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(50 if bench.is_quick else 600):
        for name, ask in ways.items():
            began = time.perf_counter()
            await ask()
            times[name].append(time.perf_counter() - began)
    middle = {name: median(each) * 1000 for name, each in times.items()}
    bench.tell(", ".join(f"{name} {value:.2f} ms" for name, value in middle.items()))
    return _figures(middle, await ledger.check(instance.rows, book))


def _figures(middle: dict[str, float], note: str) -> list[Figure]:
    ceiling = middle["commit"] + middle["exchange"]
    return [
        compared(
            f"one sender alone, {way}", "ms", [(middle[way], ceiling)], at_most(1.5), "commit + exchange", note=note
        )
        for way in ("REST", "gateway")
    ]


async def _commit(rows: Rows) -> Ask:
    insert = await rows.prepare(INSERT)
    return lambda: insert.fetch(channel_id(0), person_id(0), CONTENT)


async def _rest(instance: Instance, book: Ledger) -> Ask:
    http, token = await Http.open(instance.address), instance.token(0)
    await post_message(http, 0, 0, token, book)
    return lambda: post_message(http, 0, 0, token, book)


async def _gateway(instance: Instance, book: Ledger) -> Ask:
    waiting: list[asyncio.Future[None]] = []

    def take(_: Socket, payload: bytes) -> None:
        book.acknowledge(1, payload)
        waiting.pop().set_result(None)

    socket = await Socket.open(instance.address, instance.socket_path(1), on_frame=take)

    def send() -> "asyncio.Future[None]":
        waiting.append(asyncio.get_running_loop().create_future())
        socket.say(send_frame(1, book.nonce(1)))
        return waiting[0]

    return send


async def _exchange(bare: Running, instance: Instance, book: Ledger) -> Ask:
    """The same bytes in both directions."""
    await keep(bare, book.acknowledged[0])
    http = await Http.open(bare.address)
    request = post("/exchange", message(0, "0-000000000"), instance.token(0))
    return lambda: http.ask(request)
