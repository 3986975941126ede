"""Jobs: each is done once, tried again after failures, and taken over from processes that die."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from coterie.database.connection import Database, OneConnection
from coterie.jobs import queries
from coterie.jobs.actions import QueueFullError, enqueue
from coterie.jobs.attempt import JobAttempt, JobFailedError, LostJobError, in_transaction
from coterie.jobs.models import ClaimedJob, FailedAttempt, JobKind, Repeated
from coterie.jobs.working import Jobs
from coterie.presence.tracker import Presence
from tests.jobs.worker import COUNTED, count, process
from tests.patience import PATIENCE

SAID = JobKind(name="said", payload=str, at_once=2, attempts=3, queue_limit=5)


class Speaker:
    """Does jobs by saying their payload, and fails or waits when told to."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.failures: list[Exception] = []
        self.pauses: list[timedelta] = []
        self.gate: asyncio.Event | None = None

    async def run(self, attempt: JobAttempt[str]) -> timedelta | None:
        self.said.append(attempt.payload)
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return self.pauses.pop(0) if self.pauses else None


@pytest.fixture
async def effects(pool: Database) -> Database:
    await pool.execute("CREATE TABLE effects (number INTEGER NOT NULL)")
    return pool


@pytest.fixture
async def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
async def jobs(database_url: str, speaker: Speaker) -> AsyncIterator[Jobs]:
    async with process(database_url) as (jobs, _, _):
        jobs.add(SAID, speaker.run)
        await jobs.start()
        yield jobs


async def until(is_so: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await is_so():  # noqa: ASYNC110 - the table is looked at
            await asyncio.sleep(0.01)


async def is_empty(pool: Database) -> bool:
    return not await pool.fetchval("SELECT count(*) FROM jobs")


async def state_of(pool: Database, key: str) -> tuple[Any, ...]:
    row = await pool.fetchrow(
        "SELECT failed_at IS NOT NULL, claimed_by IS NOT NULL, attempts - uncounted, error FROM jobs WHERE key = $1",
        key,
    )
    return tuple(row or ())


async def test_it_works(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    await enqueue(pool, SAID.job("a", "hello"))
    await until(lambda: is_empty(pool))
    assert speaker.said == ["hello"]
    assert jobs.tally.attempts == {("said", "done"): 1}


async def test_it_commits_with_what_makes_it_necessary(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with pool.acquire() as connection, connection.transaction():
            await enqueue(connection, SAID.job("a", "never"))
            raise ZeroDivisionError
    await enqueue(pool, SAID.job("b", "hello"))
    await until(lambda: is_empty(pool))
    assert speaker.said == ["hello"]


async def test_a_key_is_stored_once(pool: Database) -> None:
    await enqueue(pool, SAID.job("a", "first"), SAID.job("b", "other"))
    await enqueue(pool, SAID.job("a", "second"))
    assert await pool.fetchval("SELECT json_agg(payload ORDER BY key)::text FROM jobs") == '["first", "other"]'


async def test_a_full_queue_refuses_and_stores_nothing(pool: Database) -> None:
    await enqueue(pool, *(SAID.job(str(number), "") for number in range(5)))
    with pytest.raises(QueueFullError):
        await enqueue(pool, SAID.job("one more", ""))
    assert await pool.fetchval("SELECT count(*) FROM jobs") == 5
    await pool.execute("UPDATE jobs SET failed_at = now() WHERE key = '0'")
    await enqueue(pool, SAID.job("one more", ""))


async def test_a_job_waits_until_it_is_due(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    await enqueue(pool, SAID.job("later", "later", timedelta(hours=1)))
    await enqueue(pool, SAID.job("now", "now"))
    await until(lambda: _has(speaker, "now"))
    assert speaker.said == ["now"]
    await pool.execute("UPDATE jobs SET due_at = now() WHERE key = 'later'")
    await until(lambda: _has(speaker, "later"))


async def _has(speaker: Speaker, text: str) -> bool:
    return text in speaker.said


async def test_no_more_run_at_once_than_their_kind_allows(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    speaker.gate = asyncio.Event()
    await enqueue(pool, *(SAID.job(str(number), str(number)) for number in range(5)))
    await until(lambda: _counts(pool, 2))
    jobs.set_connected(True)
    await asyncio.sleep(0)
    assert len(speaker.said) == 2
    speaker.gate.set()
    await until(lambda: is_empty(pool))
    assert sorted(speaker.said) == ["0", "1", "2", "3", "4"]


async def _counts(pool: Database, running: int) -> bool:
    return bool(await pool.fetchval("SELECT count(*) = $1 FROM jobs WHERE claimed_by IS NOT NULL", running))


async def test_a_failure_is_noted_and_tried_again(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    speaker.failures = [ValueError("no ear\nprivate detail")]
    await enqueue(pool, SAID.job("a", "hello"))
    await until(lambda: _is(pool, (False, False, 1, "ValueError: no ear")))
    await pool.execute("UPDATE jobs SET due_at = now()")
    await until(lambda: is_empty(pool))
    assert speaker.said == ["hello", "hello"]


async def _is(pool: Database, state: tuple[Any, ...]) -> bool:
    return await state_of(pool, "a") == state


async def test_the_last_failure_keeps_it_for_an_operator(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    speaker.failures = [ValueError(str(number)) for number in range(3)]
    await enqueue(pool, SAID.job("a", "hello"))
    for number in (1, 2):
        await until(lambda: _is(pool, (False, False, number, f"ValueError: {number - 1}")))  # noqa: B023
        await pool.execute("UPDATE jobs SET due_at = now()")
    await until(lambda: _is(pool, (True, False, 3, "ValueError: 2")))
    assert jobs.tally.attempts == {("said", "failed"): 3}


async def test_what_can_never_succeed_is_not_tried_again(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    speaker.failures = [JobFailedError("no such ear")]
    await enqueue(pool, SAID.job("a", "hello"))
    await until(lambda: pool.fetchval("SELECT failed_at FROM jobs"))
    assert await state_of(pool, "a") == (True, False, 1, "JobFailedError: no such ear")


async def test_pauses_double_up_to_the_longest(pool: Database) -> None:
    await enqueue(pool, SAID.job("a", ""))
    repeated = JobKind(name="said", payload=str, attempts=None, longest_pause=timedelta(minutes=1))
    process_id = await pool.fetchval("INSERT INTO processes VALUES (gen_random_uuid(), now()) RETURNING id")
    for lower, upper in ((5, 15), (10, 30), (20, 60), (30, 90), (30, 90)):
        async with pool.acquire() as connection, connection.transaction():
            [job] = await queries.claim(connection, process_id, {"said": 1})
            await queries.fail(connection, [FailedAttempt(job, repeated, "")])
            pause = await connection.fetchval("SELECT due_at - now() FROM jobs")
            assert timedelta(seconds=lower) <= pause <= timedelta(seconds=upper)
            await connection.execute("UPDATE jobs SET due_at = now()")


async def test_a_hung_job_is_interrupted(pool: Database, database_url: str) -> None:
    hung = JobKind(name="hung", payload=str, timeout=timedelta(seconds=0.1))  # whatever it is: the job never ends

    async def hang(_: JobAttempt[str]) -> None:
        await asyncio.Event().wait()

    async with process(database_url) as (jobs, _, _):
        jobs.add(hung, hang)
        await jobs.start()
        await enqueue(pool, hung.job("a", ""))
        await until(lambda: _is(pool, (False, False, 1, "TimeoutError")))


async def test_one_that_is_not_understood_fails(pool: Database, jobs: Jobs) -> None:
    await pool.execute(
        "INSERT INTO jobs (id, kind, key, payload, due_at) VALUES (gen_random_uuid(), 'said', 'a', '7', now())"
    )
    jobs.set_connected(True)
    await until(lambda: _is(pool, (False, False, 1, "ValidationError: Expected `str`, got `int`")))


async def test_a_job_can_go_on_after_a_pause(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    speaker.pauses = [timedelta(0), timedelta(0)]
    await enqueue(pool, SAID.job("a", "step"))
    await until(lambda: is_empty(pool))
    assert speaker.said == ["step"] * 3


async def test_a_stop_lets_others_continue_and_does_not_count(
    pool: Database, database_url: str, speaker: Speaker
) -> None:
    speaker.gate = asyncio.Event()
    async with process(database_url) as (jobs, _, _):
        jobs.add(SAID, speaker.run)
        await jobs.start()
        await enqueue(pool, SAID.job("a", "hello"))
        await until(lambda: _has(speaker, "hello"))
    assert await state_of(pool, "a") == (False, False, 0, None)


async def test_others_take_over_from_a_dead_process(pool: Database, database_url: str, speaker: Speaker) -> None:
    """And the one that was only slow, and is back, changes nothing."""
    slow, quick = Speaker(), speaker
    slow.gate = asyncio.Event()
    async with process(database_url) as (theirs, presence, _), process(database_url) as (ours, _, _):
        theirs.add(SAID, slow.run)
        await theirs.start()
        await enqueue(pool, SAID.job("a", "hello"))
        await until(lambda: _has(slow, "hello"))
        ours.add(SAID, quick.run)
        quick.gate = asyncio.Event()
        await ours.start()
        await die(pool, presence)
        await until(lambda: _has(quick, "hello"))
        slow.gate.set()
        await until(lambda: _finished(theirs))
        assert await state_of(pool, "a") == (False, True, 2, None)
        quick.gate.set()
        await until(lambda: is_empty(pool))


async def die(pool: Database, presence: Presence) -> None:
    """Have a process found dead, which beats no more."""
    for task in presence._tasks:
        task.cancel()
    await pool.execute("DELETE FROM processes WHERE id = $1", presence.process)


async def _finished(jobs: Jobs) -> bool:
    return jobs.tally.attempts.total() > 0


async def test_a_transaction_is_only_for_the_newest_attempt(effects: Database) -> None:
    await enqueue(effects, COUNTED.job("a", 1))
    first, second = [await claimed(effects), await claimed(effects)]
    run = in_transaction(count)
    with pytest.raises(LostJobError):
        await run(JobAttempt(effects, first, 1))
    await run(JobAttempt(effects, second, 1))
    with pytest.raises(LostJobError):
        await run(JobAttempt(effects, second, 1))
    assert await effects.fetchval("SELECT count(*) FROM effects") == 1
    assert await is_empty(effects)


async def claimed(pool: Database) -> ClaimedJob:
    """Claim the only job of this kind, as a new process that finds all others dead."""
    await pool.execute("DELETE FROM processes")
    await queries.rescue(pool)
    process_id = await pool.fetchval("INSERT INTO processes VALUES (gen_random_uuid(), now()) RETURNING id")
    [job] = await queries.claim(pool, process_id, {"counted": 1})
    return job


async def test_a_failed_effect_is_undone(effects: Database, database_url: str) -> None:
    failures = [ZeroDivisionError()]

    async def act(connection: OneConnection, number: int) -> None:
        await count(connection, number)
        if failures:
            raise failures.pop()

    async with process(database_url) as (jobs, _, _):
        jobs.add(COUNTED, in_transaction(act))
        await jobs.start()
        await enqueue(effects, COUNTED.job("a", 1))
        await until(lambda: _is(effects, (False, False, 1, "ZeroDivisionError")))
        await effects.execute("UPDATE jobs SET due_at = now()")
        await until(lambda: is_empty(effects))
    assert await effects.fetchval("SELECT count(*) FROM effects") == 1


async def test_what_was_claimed_unknowingly_is_released(pool: Database, jobs: Jobs, speaker: Speaker) -> None:
    """As after an answer that the network lost."""
    await pool.execute("UPDATE jobs SET claimed_by = NULL")
    lost = queries.claim

    async def lose(*arguments: Any) -> Any:
        await lost(*arguments)
        raise ConnectionResetError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "claim", lose)
        await enqueue(pool, SAID.job("a", "hello"))
        await until(lambda: _counts(pool, 1))
    await until(lambda: is_empty(pool))
    assert speaker.said == ["hello"]


async def test_repeated_work_is_done_by_one_process_at_a_time(pool: Database, database_url: str) -> None:
    done: list[str] = []
    gate = asyncio.Event()

    def work(name: str) -> Callable[[], Awaitable[float | None]]:
        async def run() -> float:
            done.append(name)
            await gate.wait()
            return 0.0

        return run

    async with process(database_url) as (ours, _, _), process(database_url) as (theirs, _, _):
        for name, jobs in (("ours", ours), ("theirs", theirs)):
            jobs.repeat(Repeated("tidying", work(name), 3600))
            await jobs.start()
        await until(lambda: _at_least(done, 1))  # the row is there a moment before
        ours.set_connected(True)
        theirs.set_connected(True)
        assert len(done) == 1
        gate.set()
        await until(lambda: _at_least(done, 10))
    assert await pool.fetchval("SELECT count(*) FROM jobs") == 1


async def _at_least(done: list[str], count: int) -> bool:
    return len(done) >= count


async def test_repeated_work_that_fails_is_never_given_up(pool: Database, database_url: str) -> None:
    async def fail() -> None:
        raise ValueError

    async with process(database_url) as (jobs, _, _):
        jobs.repeat(Repeated("tidying", fail, 60))
        await jobs.start()
        for number in range(1, 15):
            await until(lambda: _attempts(pool, number))  # noqa: B023
            await pool.execute("UPDATE jobs SET due_at = now()")
            jobs.set_connected(True)
    assert not await pool.fetchval("SELECT failed_at FROM jobs")


async def _attempts(pool: Database, count: int) -> bool:
    return bool(await pool.fetchval("SELECT attempts - uncounted >= $1 AND claimed_by IS NULL FROM jobs", count))


async def test_failed_jobs_are_forgotten_in_the_end(pool: Database) -> None:
    await enqueue(pool, *(SAID.job(key, "") for key in ("old", "new", "waiting")))
    await pool.execute("UPDATE jobs SET failed_at = now() WHERE key = 'new'")
    await pool.execute("UPDATE jobs SET failed_at = now() - interval '31 days' WHERE key = 'old'")
    month_ago = await pool.fetchval("SELECT now() - interval '30 days'")
    assert await queries.forget_failed(pool, month_ago, 100) == 1
    assert await pool.fetchval("SELECT array_agg(key ORDER BY key) FROM jobs") == ["new", "waiting"]
