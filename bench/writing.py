"""Sending as operators compare it: alone and 64 at once, with latencies, processor time and write-ahead log.

Each sender waits for an acknowledgement before the next message. Beside it, in the same run, the same number of
pgbench's clients wait for their commits: with the plain insert, and with the one that takes positions (`pgbench.py`).

What a disk costs differs by a factor of ten between machines, what a program costs hardly. So both are also measured as
if each flush to the disk took longer: PostgreSQL waits before it, for everything that is written by then.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles
from typing import Final

from bench import ledger, machine, pgbench
from bench.figures import Figure, compared
from bench.ledger import Ledger
from bench.machine import Effort, processor_seconds
from bench.sends import SENDERS, Send, Sending, populate, through_gateway, through_rest
from bench.world import Bench, Instance, Rows, connected, settle

CHANNELS: Final = 16
PLAIN: Final = "plain pgbench"
POSITIONED: Final = "pgbench with positions"
SLOW_MS: Final = 0.8


@dataclass(frozen=True, slots=True)
class Written:
    """What was written in one round, by Coterie or by pgbench.

    `rate` is messages per second; `p50`, `p99` and `cost` are ms, the latter of the processor time of all processes for
    a message; `own` is the share of Coterie's process in it; `wal` is KiB of write-ahead log for a message.
    """

    rate: float
    p50: float
    p99: float
    cost: float
    own: float
    wal: float
    has_checkpoint: bool
    effort: Effort


@dataclass(frozen=True, slots=True)
class Way:
    """A row's name, what it stands beside, and how to do one round of it."""

    name: str
    beside: str
    measure: Callable[[], Awaitable[Written]]


@dataclass(frozen=True, slots=True)
class Place:
    """A server with its senders in some channels, and the database of the ceilings."""

    bench: Bench
    instance: Instance
    url: str
    ceiling: Rows
    book: Ledger
    channels: int


async def run(bench: Bench) -> list[Figure]:
    return [figure for channels in (CHANNELS, 1) for figure in await _over(bench, channels)]


async def _over(bench: Bench, channels: int) -> list[Figure]:
    """One sender and 64 in several channels; in one channel, 64 who all receive everything."""
    async with bench.database("bench_ceiling") as url, connected(url) as ceiling, bench.instance() as instance:
        await pgbench.make_plain_table(ceiling)
        for rows in (ceiling, instance.rows):
            await populate(rows, channels)
        place = Place(bench, instance, url, ceiling, Ledger(), channels)
        figures = await (_channel(place) if channels == 1 else _channels(place))
        await ledger.check(instance.rows, place.book)
        return figures


async def _channels(place: Place) -> list[Figure]:
    figures = await _alone_and_together(place, "")
    await _flush_slowly(place.ceiling, SLOW_MS)
    figures += await _alone_and_together(place, f", flushes {SLOW_MS} ms longer")
    await _flush_slowly(place.ceiling, 0)
    return figures


async def _alone_and_together(place: Place, how: str) -> list[Figure]:
    figures = []
    for senders, who in ((1, f"one sender{how}"), (SENDERS, f"64 senders in {CHANNELS} channels{how}")):
        plain, positioned = _ceilings(place, senders, how)
        ways = [
            plain,
            positioned,
            Way(f"{who}, REST", plain.name, partial(_sent, place, through_rest, senders)),
            Way(f"{who}, gateway", plain.name, partial(_sent, place, through_gateway, senders)),
        ]
        figures += _figures(await _rounds(place, ways), ways)
    return figures


async def _flush_slowly(rows: Rows, ms: float) -> None:
    """For the whole cluster: wait before each flush, however few are writing."""
    await rows.execute(f"ALTER SYSTEM SET commit_delay = {round(ms * 1000)}")
    await rows.execute("ALTER SYSTEM SET commit_siblings = 0")
    await rows.execute("SELECT pg_reload_conf()")


async def _channel(place: Place) -> list[Figure]:
    plain, _ = _ceilings(place, SENDERS)
    name = "64 senders in one channel, all listening, gateway"
    ways = [plain, Way(name, plain.name, partial(_sent, place, through_gateway, SENDERS, follow=""))]
    return _figures(await _rounds(place, ways), ways[1:])


def _ceilings(place: Place, clients: int, how: str = "") -> tuple[Way, Way]:
    of = f"-c {clients}{how}"
    return (
        Way(f"{PLAIN} {of}", "", partial(_inserted, place, pgbench.plain(place.channels), clients)),
        Way(f"{POSITIONED} {of}", "", partial(_inserted, place, pgbench.with_positions(place.channels), clients)),
    )


async def _rounds(place: Place, ways: list[Way]) -> dict[str, list[Written]]:
    """All ways in turn, so that each round has the same conditions; the first warms up, and is dropped."""
    done: dict[str, list[Written]] = {way.name: [] for way in ways}
    await settle(place.ceiling)
    for _ in range(place.bench.rounds + 1):
        for way in ways:
            found = await way.measure()
            done[way.name].append(found)
            place.bench.tell(
                f"{way.name}: {found.rate:,.0f}/s, p50 {found.p50:.2f} ms, p99 {found.p99:.2f} ms,"
                f" {found.cost:.3f} ms of processor time, {found.wal:.2f} KiB of WAL"
            )
    return {name: each[1:] for name, each in done.items()}


async def _sent(place: Place, send: Send, senders: int, follow: str = "&follow=own") -> Written:
    book, process = place.book, place.instance.process.pid
    before, log, own = len(book), await _Log.now(place.ceiling), processor_seconds(process)
    spent = await send(Sending(place.instance, book, place.bench.seconds, place.channels, senders, follow))
    own = processor_seconds(process) - own
    return await _written(book.waits[before:], spent, log, place.ceiling, own)


async def _inserted(place: Place, script: str, clients: int) -> Written:
    log = await _Log.now(place.ceiling)
    with machine.effort(place.bench.cores, place.bench.cluster.process_id) as spent:
        done = await pgbench.run(place.bench, place.url, script, clients)
    spent.seconds = len(done.waits) / done.rate
    return await _written(done.waits, spent, log, place.ceiling)


async def _written(waits: list[float], spent: Effort, before: "_Log", rows: Rows, own: float = 0.0) -> Written:
    count, after = len(waits), await _Log.now(rows)
    hundredths = quantiles(waits, n=100, method="inclusive")
    return Written(
        count / spent.seconds,
        hundredths[49] * 1000,
        hundredths[98] * 1000,
        spent.server * 1000 / count,
        own * 1000 / count,
        (after.position - before.position) / count / 1024,
        after.checkpoint != before.checkpoint,
        spent,
    )


@dataclass(frozen=True, slots=True)
class _Log:
    """Where the write-ahead log of the whole cluster stands, in bytes, and its last checkpoint."""

    position: int
    checkpoint: str

    @classmethod
    async def now(cls, rows: Rows) -> "_Log":
        row = await rows.fetchrow(
            """
            SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS position, checkpoint_lsn::text AS checkpoint
            FROM pg_control_checkpoint()
            """
        )
        assert row is not None
        return cls(row["position"], row["checkpoint"])


MEASURES: Final[list[tuple[str, str, Callable[[Written], float]]]] = [
    ("", "messages/s", lambda each: each.rate),
    (", p50", "ms", lambda each: each.p50),
    (", p99", "ms", lambda each: each.p99),
    (", processor time of a message", "ms", lambda each: each.cost),
    (", WAL of a message", "KiB", lambda each: each.wal),
]


def _figures(done: dict[str, list[Written]], ways: list[Way]) -> list[Figure]:
    return [_figure(done, way, *measure) for way in ways for measure in MEASURES]


def _figure(done: dict[str, list[Written]], way: Way, what: str, unit: str, read: Callable[[Written], float]) -> Figure:
    """Of a way or of a ceiling, which stands beside nothing."""
    name, rounds = f"{way.name}{what}", done[way.name]
    values, note = [read(each) for each in rounds], ""
    if what.startswith(", processor") and way.beside:
        note = f"{median(each.own for each in rounds):.3f} ms of it in Coterie's process, the rest in PostgreSQL's"
    if what.startswith(", WAL") and any(each.has_checkpoint for each in rounds):
        note = "a checkpoint came in between, after which whole pages are logged"
    foreign = max(each.effort.foreign for each in rounds)
    if not way.beside:
        return Figure(name, median(values), unit, median(values), spread=values, foreign=foreign, note=note)
    pairs = list(zip(values, map(read, done[way.beside]), strict=True))
    load = max(each.effort.load for each in rounds)
    return compared(name, unit, pairs, None, way.beside, load=load, foreign=foreign, note=note)
