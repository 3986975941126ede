"""`coterie jobs`: an operator lists jobs, repeats and drops them."""

import asyncio
from datetime import timedelta
from typing import Final

import pytest

from coterie.database.connection import Database
from coterie.jobs.actions import enqueue
from coterie.jobs.working import Jobs
from coterie.process.refusals import Exit
from tests.jobs.test_jobs import SAID, Speaker, is_empty, jobs, speaker, until
from tests.startup.conftest import Ended, coterie

__all__ = ["jobs", "speaker"]


class Operator:
    """Uses the command."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def do(self, *words: object) -> Ended:
        variables = {"DATABASE_URL": self.url}
        return await asyncio.to_thread(coterie, "jobs", *map(str, words), variables=variables)

    async def succeed(self, *words: object) -> str:
        ended = await self.do(*words)
        assert ended.code == 0, ended.complaint
        return ended.output


@pytest.fixture
def operator(database_url: str) -> Operator:
    return Operator(database_url)


NOBODYS: Final = "0190f5fe-7c00-7000-8000-000000000000"
FAIL: Final = (
    "UPDATE jobs SET failed_at = now(), attempts = 3, error = 'ValueError: no ear' WHERE key = $1 RETURNING id"
)


async def test_it_works(pool: Database, operator: Operator) -> None:
    await enqueue(pool, SAID.job("broken", "hello"), SAID.job("fine", "hello"))
    failed = await pool.fetchval(FAIL, "broken")
    everything = (await operator.succeed("list")).splitlines()
    assert len(everything) == 2
    [line] = (await operator.succeed("list", "--state", "failed", "--kind", "said")).splitlines()
    assert line.split()[:3] == [str(failed), "failed", "said"]
    assert line.endswith("  3  ValueError: no ear")
    shown = await operator.succeed("show", failed)
    for text in ("key        broken", "state      failed", 'payload    "hello"', "error      ValueError: no ear"):
        assert text in shown.splitlines()
    assert await operator.succeed("list", "--kind", "other") == ""


async def test_what_failed_is_done_after_a_retry(
    pool: Database, jobs: Jobs, speaker: Speaker, operator: Operator
) -> None:
    await enqueue(pool, SAID.job("a", "hello", timedelta(hours=1)))
    failed = await pool.fetchval(FAIL, "a")
    assert await operator.succeed("retry", failed) == "1 job will be tried again.\n"
    await until(lambda: is_empty(pool))
    assert speaker.said == ["hello"]


async def test_every_failed_one_is_tried_again(pool: Database, operator: Operator) -> None:
    await enqueue(pool, *(SAID.job(key, "hello") for key in "abc"))
    for key in "ab":
        await pool.fetchval(FAIL, key)
    assert await operator.succeed("retry", "--failed") == "2 jobs will be tried again.\n"
    assert await pool.fetchval("SELECT count(*) FROM jobs WHERE failed_at IS NULL AND attempts = uncounted") == 3


async def test_what_is_dropped_is_not_done(pool: Database, operator: Operator) -> None:
    await enqueue(pool, *(SAID.job(key, "hello") for key in "ab"))
    dropped = await pool.fetchval("SELECT id FROM jobs WHERE key = 'a'")
    assert await operator.succeed("drop", dropped) == "1 job dropped.\n"
    assert await pool.fetchval("SELECT array_agg(key) FROM jobs") == ["b"]


@pytest.mark.parametrize("words", [("show",), ("retry",), ("drop",)])
async def test_a_job_that_is_not_there_is_refused(operator: Operator, words: tuple[str, ...]) -> None:
    assert (await operator.do(*words, NOBODYS)).code == Exit.NOT_FOUND


@pytest.mark.parametrize(
    "words", [("retry",), ("retry", "--failed", NOBODYS), ("list", "--state", "lost"), ("show", "7")]
)
async def test_a_wrong_command_line_is_refused(operator: Operator, words: tuple[object, ...]) -> None:
    assert (await operator.do(*words)).code == Exit.USAGE
