"""Readers of the log: every change once and in order, over failures, other processes and new epochs."""

import asyncio
from contextlib import AsyncExitStack
from itertools import count
from uuid import UUID

import pytest

from coterie.database.connection import Database, OneConnection
from coterie.identifiers import new_id
from coterie.jobs.consumers import Consumer, TopicBatch
from coterie.log import epochs
from coterie.log.append import Change, append
from tests.jobs.reader import NOTED, note, reading
from tests.jobs.test_jobs import die, until
from tests.jobs.test_killed import Worker
from tests.patience import PATIENCE

EVENTS = 10_000
TOPICS = 20
KILLS = 3


@pytest.fixture
async def notes(pool: Database) -> Database:
    await pool.execute(
        "CREATE TABLE noted (id BIGINT GENERATED ALWAYS AS IDENTITY, topic_id UUID, numbers INTEGER[], has_gap BOOLEAN)"
    )
    return pool


async def topic_of(pool: Database, kind: str = "user") -> UUID:
    id: UUID = await pool.fetchval("INSERT INTO topics (id, kind) VALUES ($1, $2) RETURNING id", new_id(), kind)
    return id


async def say(pool: Database, topic: UUID, *numbers: int) -> None:
    """Changes of things of their own, so that each number stays in the log."""
    await append(pool, *(Change(topic, f"numbers/{each}", "NUMBER", each) for each in numbers))


async def noted(pool: Database, topic: UUID) -> list[int]:
    numbers: list[int] | None = await pool.fetchval(
        """
        SELECT array_agg(number ORDER BY id, place) FROM noted
        CROSS JOIN LATERAL unnest(numbers) WITH ORDINALITY AS each (number, place) WHERE topic_id = $1
        """,
        topic,
    )
    return numbers or []


async def has(pool: Database, topic: UUID, *numbers: int) -> bool:
    return await noted(pool, topic) == list(numbers)


async def test_it_works(notes: Database, database_url: str) -> None:
    async with reading(database_url) as (consumers, _, _):
        first, second = await topic_of(notes), await topic_of(notes)
        await say(notes, first, 1, 2)
        await say(notes, second, 7)
        await say(notes, first, 3)
        await until(lambda: has(notes, first, 1, 2, 3))
        await until(lambda: has(notes, second, 7))
        assert await consumers.behind() == {"noted": 0}


async def test_other_kinds_of_topics_are_left_out(notes: Database, database_url: str) -> None:
    async with reading(database_url):
        other, topic = await topic_of(notes, "server"), await topic_of(notes)
        await say(notes, other, 1)
        await say(notes, topic, 2)
        await until(lambda: has(notes, topic, 2))
        assert await noted(notes, other) == []


async def test_a_new_consumer_begins_now_and_goes_on_where_it_stopped(notes: Database, database_url: str) -> None:
    topic = await topic_of(notes)
    await say(notes, topic, 1)
    async with reading(database_url):
        await say(notes, topic, 2)
        await until(lambda: has(notes, topic, 2))
    await say(notes, topic, 3)
    later = await topic_of(notes)
    await say(notes, later, 4)
    async with reading(database_url) as (consumers, _, _):
        await until(lambda: has(notes, topic, 2, 3))
        await until(lambda: has(notes, later, 4))
        assert await consumers.behind() == {"noted": 0}


async def test_a_long_history_is_read_in_pages(notes: Database, database_url: str) -> None:
    async with reading(database_url):
        pass
    topic = await topic_of(notes)
    await say(notes, topic, *range(1_100))
    async with reading(database_url):
        await until(lambda: has(notes, topic, *range(1_100)))
    sizes = await notes.fetchval("SELECT array_agg(cardinality(numbers) ORDER BY id) FROM noted")
    assert sizes == [500, 500, 100]


async def test_a_failure_loses_nothing_and_holds_up_no_other_topic(notes: Database, database_url: str) -> None:
    topic, other = UUID(int=16), UUID(int=32)  # of one partition
    failures = [ZeroDivisionError(), ZeroDivisionError()]

    async def fail(connection: OneConnection, batch: TopicBatch) -> None:
        await note(connection, batch)
        if batch.topic == topic and failures:
            raise failures.pop()

    async with reading(database_url):
        pass
    await notes.execute("INSERT INTO topics (id, kind) VALUES ($1, 'user'), ($2, 'user')", topic, other)
    await say(notes, topic, 1)
    await say(notes, other, 2)
    await notes.execute("UPDATE jobs SET uncounted = attempts")
    async with reading(database_url, Consumer("noted", NOTED.kinds, fail)) as (consumers, _, _):
        await until(lambda: has(notes, other, 2))
        assert await consumers.behind() == {"noted": 1}
        await until(lambda: has_failed(notes, 1))
        await say(notes, topic, 3)
        await notes.execute("UPDATE jobs SET due_at = now() WHERE claimed_by IS NULL")
        await until(lambda: has_failed(notes, 2))
        await notes.execute("UPDATE jobs SET due_at = now() WHERE claimed_by IS NULL")
        await until(lambda: has(notes, topic, 1, 3))


async def has_failed(pool: Database, times: int) -> bool:
    return bool(
        await pool.fetchval("SELECT attempts - uncounted = $1 AND error IS NOT NULL FROM jobs WHERE key = '0'", times)
    )


async def test_another_process_takes_over_and_the_slow_one_writes_nothing(notes: Database, database_url: str) -> None:
    topic = await topic_of(notes)
    is_held, gate = asyncio.Event(), asyncio.Event()

    async def wait(connection: OneConnection, batch: TopicBatch) -> None:
        is_held.set()
        await gate.wait()
        await note(connection, batch)
        raise ZeroDivisionError

    async with reading(database_url, Consumer("noted", NOTED.kinds, wait)) as (_, slow, _):
        await say(notes, topic, 1)
        async with asyncio.timeout(PATIENCE):
            await is_held.wait()
        await die(notes, slow)
        async with reading(database_url):
            gate.set()
            await until(lambda: has(notes, topic, 1))


async def test_a_restored_history_has_a_gap_and_is_read_on(notes: Database, database_url: str) -> None:
    topic = await topic_of(notes)
    async with reading(database_url):
        await say(notes, topic, 1)
        await until(lambda: has(notes, topic, 1))
    await say(notes, topic, 2)
    async with notes.acquire() as connection:
        await epochs.begin(connection, "restored")
    async with reading(database_url):
        await until(lambda: has(notes, topic, 1, 2))
        await say(notes, topic, 3)
        await until(lambda: has(notes, topic, 1, 2, 3))
    assert await notes.fetchval("SELECT array_agg(has_gap ORDER BY id) FROM noted") == [False, True, False]


@pytest.mark.extended("takeovers, failures and epochs one by one are above")
async def test_the_law(notes: Database, database_url: str) -> None:
    """Processes are killed and an epoch begins while changes come: each is handled once, and each topic in order."""
    topics = [await topic_of(notes) for _ in range(TOPICS)]
    numbers = count()
    async with AsyncExitStack() as stack:
        workers = [await start(stack, database_url) for _ in range(2)]
        for number in range(KILLS + 1):
            for _ in range(EVENTS // (KILLS + 1) // TOPICS // 5):
                await asyncio.gather(*(say(notes, topic, *(next(numbers) for _ in range(5))) for topic in topics))
            if number < KILLS:
                victim = workers.pop(0)
                await victim.kill()
                await notes.execute("UPDATE processes SET seen_at = now() - interval '1 hour' WHERE id = $1", victim.id)
                workers.append(await start(stack, database_url))
            if number == 1:
                async with notes.acquire() as connection:
                    await epochs.begin(connection, "restored")
        said = next(numbers)
        await reach(notes, said)
    assert said == EVENTS
    found = [await noted(notes, topic) for topic in topics]
    assert sorted(number for each in found for number in each) == list(range(EVENTS))
    assert all(each == sorted(each) for each in found)


async def start(stack: AsyncExitStack, database_url: str) -> Worker:
    worker = await Worker.start(database_url, "tests.jobs.reader")
    stack.push_async_callback(worker.kill)
    return worker


async def reach(pool: Database, wanted: int) -> None:
    """Wait until this many are noted, for as long as there are more and more."""
    reached = 0
    while reached < wanted:
        before = reached
        async with asyncio.timeout(PATIENCE):
            while reached == before:
                reached = await pool.fetchval("SELECT coalesce(sum(cardinality(numbers)), 0)::int FROM noted")
                await asyncio.sleep(0.05)
