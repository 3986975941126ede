"""Many users at once: a crowd that connects, reads and writes, a conversation with 100 writers, and long histories.

The criteria: nothing is lost, and nothing costs more because there is more of it. This compares the cost per user in a
crowd of 1,000 with one of 100, and of a page in a history of 100,000 messages with one of 1,000. Everything that was
acknowledged is looked up in the database, once and in order.
"""

import asyncio
import time
from itertools import pairwise
from statistics import median, quantiles
from typing import Any, Final

import msgspec

from bench import ledger
from bench.figures import Figure, at_most
from bench.ledger import Ledger
from bench.sends import post_message
from bench.wire import Http, Socket, WrongError, get
from bench.world import PAST, Bench, Instance, channel_id, make_history, make_people, make_server, person_id, settle

CROWDS: Final = (100, 1_000)
CHANNELS: Final = 10
MESSAGES: Final = 3
"""Per member of the crowd."""

WRITERS: Final = 100
EACH: Final = 20
HISTORIES: Final = (1_000, 100_000)
PAGE: Final = 100


async def run(bench: Bench) -> list[Figure]:
    small, large = [await _crowd(bench, people) for people in ((20, 100) if bench.is_quick else CROWDS)]
    short, long = [await _history(bench, count) for count in ((500, 2_000) if bench.is_quick else HISTORIES)]
    return [*_of_crowds(small, large), await _conversation(bench), _of_histories(short, long)]


class _Crowd(msgspec.Struct):
    """A crowd's results; times in milliseconds."""

    people: int
    cost: float
    answers: list[float]
    seconds: float
    foreign: float
    checked: str


async def _crowd(bench: Bench, people: int) -> _Crowd:
    """All at once, each user opens the gateway, reads the newest page of a channel, and writes there."""
    book, answers = Ledger(), list[float]()
    async with bench.instance() as instance:
        await make_people(instance.rows, people)
        await make_server(instance.rows, 0, range(people), range(CHANNELS))
        await settle(instance.rows)

        async def come(number: int) -> Socket:
            channel, token = number % CHANNELS, instance.token(number)
            socket = await Socket.open(instance.address, instance.socket_path(number))
            http = await Http.open(instance.address)
            began = time.perf_counter()
            page = await http.ask(get(f"/api/channels/{channel_id(channel)}/messages?limit=50", token))
            if page.status != 200:
                raise WrongError(f"a page was answered {page.status}: {page.body!r}")
            answers.append(time.perf_counter() - began)
            for _ in range(MESSAGES):
                began = time.perf_counter()
                await post_message(http, number, channel, token, book)
                answers.append(time.perf_counter() - began)
            http.close()
            return socket

        with instance.effort() as spent:
            began = time.perf_counter()
            sockets = await asyncio.gather(*(come(number) for number in range(people)))
            seconds = time.perf_counter() - began
        for socket in sockets:
            socket.close()
        checked = await ledger.check(instance.rows, book)
        if len(book) != people * MESSAGES:
            raise WrongError(f"{people * MESSAGES - len(book)} messages were not acknowledged")
    found = _Crowd(
        people,
        spent.server * 1000 / people,
        [answer * 1000 for answer in answers],
        seconds,
        spent.foreign,
        checked,
    )
    bench.tell(f"{people:,} people at once: all done after {seconds:.1f} s, {found.cost:.1f} ms of work for each")
    return found


def _of_crowds(small: _Crowd, large: _Crowd) -> list[Figure]:
    """Deliveries to everyone grow with the crowd by design; so the budget for the work per user is wider."""
    grown = large.people / small.people
    slowest = quantiles(large.answers, n=100)[98]
    return [
        Figure(
            f"{large.people:,} people arrive, read and write at once, work for each",
            large.cost,
            "ms",
            large.cost / small.cost,
            at_most(grown),
            small.cost,
            f"{small.people:,} people",
            foreign=max(small.foreign, large.foreign),
            note=f"all done after {large.seconds:.1f} s, {small.people:,} after {small.seconds:.1f} s; each message is"
            f" delivered to everybody; {large.checked}",
        ),
        Figure(
            f"{large.people:,} people at once, a request's answer",
            median(large.answers),
            "ms",
            median(large.answers),
            foreign=large.foreign,
            note=f"99 of 100 within {slowest:.0f} ms; nobody was refused",
        ),
    ]


async def _conversation(bench: Bench) -> Figure:
    """All write into one conversation at once, each waiting for one acknowledgement before the next message."""
    writers, each = (20, 5) if bench.is_quick else (WRITERS, EACH)
    book = Ledger()
    async with bench.instance() as instance:
        await make_people(instance.rows, writers)
        await _make_conversation(instance, writers)
        await settle(instance.rows)
        connections = [await Http.open(instance.address) for _ in range(writers)]

        async def write(number: int) -> None:
            for _ in range(each):
                await post_message(connections[number], number, 0, instance.token(number), book)

        with instance.effort() as spent:
            began = time.perf_counter()
            await asyncio.gather(*(write(number) for number in range(writers)))
            seconds = time.perf_counter() - began
        for http in connections:
            http.close()
        checked = await ledger.check(instance.rows, book, is_dense=False)
    lost = writers * each - len(book)
    if lost:
        raise WrongError(f"{lost} messages were not acknowledged")
    rate = len(book) / seconds
    bench.tell(f"{writers} writers in one conversation: {rate:.0f} messages/s; {checked}")
    name = f"{writers} writers into one conversation"
    return Figure(name, rate, "messages/s", lost, at_most(0, "lost"), foreign=spent.foreign, note=checked)


async def _make_conversation(instance: Instance, people: int) -> None:
    rows, conversation = instance.rows, channel_id(0)
    await rows.execute("INSERT INTO topics (id, kind) VALUES ($1, 'conversation')", conversation)
    await rows.execute(
        "INSERT INTO channels (id, name, type, created_at) VALUES ($1, 'Everybody', 'text', $2)",
        conversation,
        PAST,
    )
    await rows.execute(
        "INSERT INTO conversations (id, is_direct, owner_id) VALUES ($1, FALSE, $2)",
        conversation,
        person_id(0),
    )
    await rows.copy_records_to_table(
        "conversation_participants",
        columns=("conversation_id", "user_id", "joined_at"),
        records=[(conversation, person_id(number), PAST) for number in range(people)],
    )


class _History(msgspec.Struct):
    """A history that is read to its beginning; `page` is the median time of a page in milliseconds."""

    messages: int
    page: float
    seconds: float


async def _history(bench: Bench, count: int) -> _History:
    """Read the whole history, page by page."""
    async with bench.instance() as instance:
        await make_people(instance.rows, 1)
        await make_server(instance.rows, 0, range(1), range(1))
        await make_history(instance.rows, 0, 0, count)
        await settle(instance.rows)
        http, path = await Http.open(instance.address), f"/api/channels/{channel_id(0)}/messages?limit={PAGE}"
        seqs, times, before = list[int](), list[float](), ""
        while True:
            began = time.perf_counter()
            answer = await http.ask(get(path + before, instance.token(0)))
            times.append((time.perf_counter() - began) * 1000)
            page: list[dict[str, Any]] = msgspec.json.decode(answer.body)
            if not page:
                break
            seqs += [message["seq"] for message in page]
            before = f"&before={page[-1]['id']}"
        http.close()
    if len(seqs) != count or any(newer != older + 1 for newer, older in pairwise(seqs)):
        raise WrongError(f"of {count} messages {len(seqs)} were read, not each once and in order")
    found = _History(count, median(times), sum(times) / 1000)
    bench.tell(f"{count:,} messages read in {found.seconds:.1f} s, a page of {PAGE} in {found.page:.2f} ms")
    return found


def _of_histories(short: _History, long: _History) -> Figure:
    return Figure(
        f"a page of {PAGE} in a history of {long.messages:,}",
        long.page,
        "ms",
        long.page / short.page,
        at_most(2),
        short.page,
        f"history of {short.messages:,}",
        note=f"read from the newest to the first, each message once and in order, in {long.seconds:.1f} s",
    )
