"""How costs grow up to 10,000,000 messages, with shared buffers that hold all indexes and with some that do not.

The history is made by COPY, in 64 channels of one server; then 64 users send, each in their own channel, and pages of
50 are read from random places. It takes long, so a whole run leaves it out: `python -m bench history --record`.
"""

import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Any, Final

from bench import corpus, ledger, machine
from bench.figures import Curve, Figure
from bench.ledger import Ledger
from bench.sends import SENDERS, Sending, through_gateway
from bench.wire import Http, WrongError, get
from bench.world import PAST, Bench, Instance, Rows, channel_id, make_people, make_server, person_id, prepare, settle
from coterie.database.embedded import Cluster
from coterie.identifiers import new_id

STEPS: Final = (10_000, 100_000, 1_000_000, 10_000_000)
QUICK_STEPS: Final = (10_000, 50_000)
BUFFERS: Final = ("64MB", "4GB")
TEXTS: Final = 10_000
PAGES: Final = 200
NAME: Final = "history"


async def run(bench: Bench) -> list[Figure | Curve]:
    steps = QUICK_STEPS if bench.is_quick else STEPS
    writes: dict[str, list[tuple[int, float]]] = {size: [] for size in BUFFERS}
    reads: dict[str, list[tuple[int, float]]] = {size: [] for size in BUFFERS}
    figures, book = [], Ledger()
    for count, size in itertools.product(steps, BUFFERS):
        async with _instance(bench, size, is_new=(count, size) == (steps[0], BUFFERS[0])) as instance:
            await _grow(bench, instance.rows, count)
            writes[size].append((count, await _cost(bench, instance, book)))
            reads[size].append((count, await _page(instance)))
            bench.tell(f"{count:,}, {size}: {writes[size][-1][1]:.0f} µs a message, {reads[size][-1][1]:.0f} µs a page")
            if (count, size) == (steps[-1], BUFFERS[-1]):
                figures.append(await _indexes(instance.rows, count))
                await ledger.check(instance.rows, book)
    return [*figures, *_curves("a message", writes), *_curves("a page", reads)]


def _curves(what: str, points: dict[str, list[tuple[int, float]]]) -> list[Curve]:
    chart, unit = f"what {what} costs in a long history", f"µs of processor time for {what}"
    return [Curve(chart, f"{what}, shared_buffers {size}", "messages", unit, found) for size, found in points.items()]


@contextlib.asynccontextmanager
async def _instance(bench: Bench, buffers: str, *, is_new: bool) -> AsyncIterator[Instance]:
    """The same database in each of them, under a PostgreSQL with these shared buffers."""
    settings = {"shared_buffers": buffers, "maintenance_work_mem": "1GB", "max_wal_size": "4GB"}
    with machine.on(bench.cores.server):
        cluster = Cluster.start(bench.directory / NAME, installation=bench.installation, settings=settings)
    with cluster:
        own = replace(bench, cluster=cluster)
        if is_new:
            await prepare(cluster)
            await own.create(NAME)
        async with own.instance_of(cluster.url_of(NAME)) as instance:
            if is_new:
                await make_people(instance.rows, SENDERS)
                await make_server(instance.rows, 0, range(SENDERS), range(SENDERS))
            yield instance


async def _grow(bench: Bench, rows: Rows, count: int) -> None:
    """Write what is missing; the index of words is built afterwards, as a restore does."""
    [present] = await rows.fetchrow("SELECT count(*) FROM messages") or [0]
    if (missing := count - present) > 0:
        positions = {row["id"]: row["position"] for row in await rows.fetch("SELECT id, position FROM topics")}
        definition = await rows.fetchval("SELECT pg_get_indexdef('messages_words'::regclass)")
        await rows.execute("DROP INDEX messages_words")
        await rows.execute("SET session_replication_role = replica")
        columns = ("id", "channel_id", "author_id", "seq", "version", "content", "created_at")
        first = [positions[channel_id(channel)] + 1 for channel in range(SENDERS)]
        await rows.copy_records_to_table("messages", columns=columns, records=_records(first, missing))
        await rows.execute("RESET session_replication_role")
        for channel in range(SENDERS):
            written = len(range(channel, missing, SENDERS))
            move = "UPDATE topics SET position = position + $2 WHERE id = $1"
            await rows.execute(move, channel_id(channel), written)
        await rows.execute(definition)
        bench.tell(f"{count:,} messages are stored")
    await settle(rows)


def _records(first: list[int], count: int) -> Iterator[tuple[Any, ...]]:
    """Messages of all channels in turn; their texts repeat."""
    texts = itertools.cycle(list(corpus.messages(TEXTS)))
    for number, content in zip(range(count), texts, strict=False):
        turn, channel = divmod(number, SENDERS)
        seq, written = first[channel] + turn, PAST + timedelta(seconds=number / 10)
        yield new_id(), channel_id(channel), person_id(channel), seq, seq, content, written


async def _cost(bench: Bench, instance: Instance, book: Ledger) -> float:
    """Microseconds of processor time for a message of 64 senders."""
    costs = []
    for _ in range(bench.rounds):
        before = len(book)
        spent = await through_gateway(Sending(instance, book, bench.seconds, SENDERS))
        costs.append(spent.server * 1e6 / (len(book) - before))
    return median(costs)


async def _page(instance: Instance) -> float:
    """Microseconds of processor time for a page of 50 before a random message."""
    chance = random.Random(5)
    longest = await instance.rows.fetchval("SELECT min(position) FROM topics WHERE kind = 'channel'")
    places = [(channel_id(chance.randrange(SENDERS)), chance.randint(51, longest)) for _ in range(PAGES)]
    found = [
        (
            channel,
            await instance.rows.fetchval("SELECT id FROM messages WHERE channel_id = $1 AND seq = $2", channel, seq),
        )
        for channel, seq in places
    ]
    http, token = await Http.open(instance.address), instance.token(0)
    with instance.effort() as spent:
        for channel, before in found:
            answer = await http.ask(get(f"/api/channels/{channel}/messages?limit=50&before={before}", token))
            if answer.status != 200:
                raise WrongError(f"a page was answered {answer.status}: {answer.body[:200]!r}")
    http.close()
    return spent.server * 1e6 / PAGES


async def _indexes(rows: Rows, count: int) -> Figure:
    """How much the smaller shared buffers do not hold."""
    size = await rows.fetchval("SELECT pg_indexes_size('messages')") / 2**20
    table = await rows.fetchval("SELECT pg_relation_size('messages')") / 2**20
    note = f"measured with shared_buffers of {' and '.join(BUFFERS)}"
    return Figure(f"indexes of {count:,} messages", size, "MiB", size / table, None, table, "the table", note=note)
