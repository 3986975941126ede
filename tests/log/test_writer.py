"""The writer over a real database: what shares a commit, and what errors and outages do to a write."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from coterie import errors
from coterie.database.connection import OneConnection
from coterie.errors import CoterieError
from coterie.log import writer
from coterie.log.writer import BYTE_LIMIT, QUEUE_LIMIT, ROW_LIMIT, Writer
from coterie.messages import history, operations
from coterie.messages.author import UserAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.changing.store import store as store_changes
from coterie.messages.models import Message, MessageCreation
from coterie.messages.sending import drafts
from coterie.messages.sending.attempt import Sending
from coterie.messages.sending.store import Sender, store
from coterie.usage.counting import UNLIMITED, Usage
from tests.log.world import World
from tests.patience import PATIENCE


def sending(world: World, content: str) -> Sending:
    return drafts.created(world.channel, world.owner.user_id, MessageCreation(content=content))


@contextlib.asynccontextmanager
async def locked(world: World) -> AsyncIterator[OneConnection]:
    """Nothing can be written to the channel meanwhile."""
    async with world.database.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM topics WHERE id = $1 FOR UPDATE", world.channel)
        yield connection


async def waiting_for_lock(world: World) -> int:
    """The process id of the backend that waits for the channel, as soon as one does."""
    async with asyncio.timeout(PATIENCE):
        while True:
            pid: int | None = await world.database.fetchval(
                """
                SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
                AND query ~ 'WITH (given|placed) AS'
                """
            )
            if pid is not None:
                return pid
            await asyncio.sleep(0.005)


async def stored(world: World) -> dict[str, str]:
    """What is in the channel, and the transaction that put it there."""
    rows = await world.database.fetch(
        "SELECT content, xmin::text FROM messages WHERE channel_id = $1 ORDER BY seq", world.channel
    )
    contents = {row["content"]: row["xmin"] for row in rows}
    assert len(contents) == len(rows), "stored twice"
    return contents


async def test_a_lone_write_leaves_at_once(world: World) -> None:
    assert (await world.messages.sending.submit(sending(world, "alone"))).seq == 1


async def test_what_collects_while_a_batch_is_under_way_shares_the_next_commit(world: World) -> None:
    async with locked(world):
        first = world.messages.sending.enqueue(sending(world, "first"))
        await waiting_for_lock(world)
        rest = [world.messages.sending.enqueue(sending(world, str(number))) for number in range(100)]
    answers = await asyncio.gather(first, *rest)
    assert [message.seq for message in answers] == list(range(1, 102)), "in the order of the calls"
    transactions = list((await stored(world)).values())
    assert len(set(transactions)) == 2
    assert transactions.count(transactions[0]) == 1


async def test_a_batch_is_bounded_in_rows_and_bytes() -> None:
    batches: list[list[int]] = []

    async def write(requests: Sequence[int], *, is_retry: bool) -> Sequence[int]:
        batches.append(list(requests))
        await asyncio.sleep(0)
        return requests

    small = Writer(write, weigh=lambda _: 1)
    await asyncio.gather(*(small.submit(number) for number in range(ROW_LIMIT + 10)))
    assert [len(batch) for batch in batches] == [ROW_LIMIT, 10]
    batches.clear()
    large = Writer(write, weigh=lambda _: BYTE_LIMIT // 2)
    await asyncio.gather(*(large.submit(number) for number in range(5)))
    assert batches == [[0, 1], [2, 3], [4]]
    batches.clear()
    huge = Writer(write, weigh=lambda _: BYTE_LIMIT * 2)
    await asyncio.gather(*(huge.submit(number) for number in range(2)))
    assert batches == [[0], [1]], "what is larger than a batch is one by itself"


async def test_a_row_that_the_database_refuses_meets_its_own_writer_alone(world: World) -> None:
    async with locked(world):
        first = world.messages.sending.enqueue(sending(world, "first"))
        await waiting_for_lock(world)
        texts = ["good", "bad\x00", "also good", "x" * 20_000, "last"]
        batch = [world.messages.sending.enqueue(sending(world, text)) for text in texts]
    outcomes = await asyncio.gather(first, *batch, return_exceptions=True)
    kinds = [type(outcome) for outcome in outcomes]
    assert [kind is Message for kind in kinds] == [True, True, False, True, False, True]
    assert all(issubclass(kind, asyncpg.PostgresError) for kind in (kinds[2], kinds[4]))
    assert list(await stored(world)) == ["first", "good", "also good", "last"]
    assert (await world.log.topic_rows([world.channel]))[world.channel].position == 4, "no hole is left behind"


async def test_beyond_the_limit_writers_are_asked_to_retry(world: World) -> None:
    release = asyncio.Event()

    async def write(requests: Sequence[int], *, is_retry: bool) -> Sequence[int]:
        await release.wait()
        return requests

    stuck = Writer(write, weigh=lambda _: 1)
    taken = [stuck.enqueue(number) for number in range(QUEUE_LIMIT)]
    with pytest.raises(CoterieError) as refusal:
        stuck.enqueue(-1)
    assert (refusal.value.entry.code, refusal.value.retry_after) == ("overloaded", 1)
    release.set()
    assert await asyncio.gather(*taken) == list(range(QUEUE_LIMIT)), "what was taken is kept"
    assert await stuck.submit(7) == 7


async def test_two_changes_of_one_message_never_share_a_batch(world: World) -> None:
    message, other = await world.send("one"), await world.send("two")
    batches: list[list[str]] = []

    async def write(requests: Sequence[ChangeRequest], *, is_retry: bool) -> list[Message | CoterieError]:
        batches.append([str(request.message_id) for request in requests])
        return await store_changes(world.database, world.permissions, requests, is_retry=is_retry)

    changing = Writer(write, weigh=lambda _: 1, key=lambda request: request.message_id)
    author = world.owner.user_id
    edits = [(message, "a"), (other, "b"), (message, "c"), (other, "d"), (message, "e")]
    requests = [ChangeRequest(each.id, UserAuthor(author), operations.edit(text)) for each, text in edits]
    answers = await asyncio.gather(*(changing.submit(request) for request in requests))
    assert all(len(set(batch)) == len(batch) for batch in batches)
    assert [answer.content for answer in answers] == ["a", "b", "c", "d", "e"]
    assert list(await stored(world)) == ["e", "d"], "in the order of the calls"


async def test_a_connection_killed_in_a_batch_costs_nothing(world: World) -> None:
    async with locked(world) as connection:
        first = world.messages.sending.enqueue(sending(world, "first"))
        victim = await waiting_for_lock(world)
        rest = [world.messages.sending.enqueue(sending(world, str(number))) for number in range(10)]
        await connection.execute("SELECT pg_terminate_backend($1)", victim)
        await asyncio.sleep(0.02)
    answers = await asyncio.gather(first, *rest)
    assert [message.seq for message in answers] == list(range(1, 12))
    assert list(await stored(world)) == ["first", *map(str, range(10))]


async def test_what_an_earlier_try_committed_is_found_and_not_repeated(world: World) -> None:
    batch = [sending(world, text) for text in ("one", "two")]
    before = await store(world.messages.sender, batch, is_retry=False)
    assert await store(world.messages.sender, [*batch, sending(world, "three")], is_retry=True) == [
        *before,
        (await history.page(world.messages, world.channel, world.owner.user_id, history.HistoryCursor(limit=1)))[0],
    ]
    assert list(await stored(world)) == ["one", "two", "three"]


async def test_a_repeat_in_a_batch_leaves_its_place_in_the_quota_to_another(world: World) -> None:
    usage = Usage(world.database, {**UNLIMITED, "messages_sent": 2})
    sender = Sender(world.database, world.permissions, usage, world.messages.receipts)
    one, two, three = [sending(world, text) for text in ("one", "two", "three")]
    [first] = await store(sender, [one], is_retry=False)
    again, second, third = await store(sender, [one, two, three], is_retry=False)
    assert again == first
    assert isinstance(second, Message)
    assert isinstance(third, CoterieError)
    assert third.entry is errors.USAGE_LIMIT_EXCEEDED
    assert list(await stored(world)) == ["one", "two"]


async def test_an_answer_that_was_lost_after_the_commit_is_asked_for_again(world: World) -> None:
    tries: list[bool] = []

    async def write(requests: Sequence[Sending], *, is_retry: bool) -> Sequence[Message | CoterieError]:
        tries.append(is_retry)
        results = await store(world.messages.sender, requests, is_retry=is_retry)
        if not is_retry:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return results

    lossy = Writer(write, weigh=lambda _: 1)
    answers = await asyncio.gather(*(lossy.submit(sending(world, str(number))) for number in range(5)))
    assert [message.seq for message in answers] == [1, 2, 3, 4, 5]
    assert tries == [False, True]
    assert list(await stored(world)) == ["0", "1", "2", "3", "4"]


async def test_a_write_cut_off_while_waiting_is_not_stored_and_holds_up_no_other(world: World) -> None:
    async with locked(world):
        first = asyncio.create_task(world.messages.sending.submit(sending(world, "first")))
        await waiting_for_lock(world)
        second = asyncio.create_task(world.messages.sending.submit(sending(world, "second")))
        third = asyncio.create_task(world.messages.sending.submit(sending(world, "third")))
        await asyncio.sleep(0)
        for leaver in (first, second):
            leaver.cancel()
    assert (await third).seq == 2
    assert first.cancelled()
    assert list(await stored(world)) == ["first", "third"], "what was on its way is stored"


async def test_a_database_that_answers_nothing_is_given_up_in_time() -> None:
    """A frozen database: the first attempt ends after the time limit, and each later one at once."""
    tries: list[bool] = []

    async def write(requests: Sequence[int], *, is_retry: bool) -> Sequence[int]:
        tries.append(is_retry)
        if is_frozen:
            await asyncio.Event().wait()
        return requests

    is_frozen = True
    hanging = Writer(write, weigh=lambda _: 1, patience=0.05)
    with pytest.raises(CoterieError) as refusal:
        await hanging.submit(1)
    assert refusal.value.entry.status == 503
    is_frozen = False
    assert await hanging.submit(2) == 2
    assert tries == [False, False]


async def test_the_end_of_a_process_stores_what_was_taken(world: World) -> None:
    async with locked(world):
        taken = [world.messages.sending.enqueue(sending(world, str(number))) for number in range(300)]
        await waiting_for_lock(world)
        closing = asyncio.create_task(world.messages.close())
        await asyncio.sleep(0.01)
        assert not closing.done()
    await closing
    assert all(future.done() for future in taken)
    assert len(await stored(world)) == 300


async def test_while_the_database_takes_nothing_nobody_waits_their_turn_to_be_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.01)
    tries: list[int] = []
    is_away = True

    async def write(requests: Sequence[int], *, is_retry: bool) -> Sequence[int]:
        tries.append(requests[0])
        await asyncio.sleep(0)
        if is_away:
            raise ConnectionRefusedError
        return requests

    refused = Writer(write, weigh=lambda _: BYTE_LIMIT, patience=0.3)
    outcomes = await asyncio.gather(*(refused.submit(number) for number in range(20)), return_exceptions=True)
    assert all(isinstance(outcome, CoterieError) and outcome.retry_after for outcome in outcomes)
    assert tries.count(0) > 1, "the first is tried again"
    assert [tries.count(number) for number in range(10, 20)] == [1] * 10, "those far behind it once each"
    is_away = False
    assert await refused.submit(5) == 5
