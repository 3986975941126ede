"""Rate limits for each account and each address, on a server that has them on."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from coterie.errors import CoterieError
from coterie.limits import TABLE_LIMIT, Limiter
from tests.people import Browser, Person
from tests.serving import serving, settings_for
from tests.shapes import ERROR, assert_shape


@pytest.fixture
async def limited(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        yield Browser(server.url, http)


async def test_guessing_is_slowed_down(limited: Browser) -> None:
    guess = {"username": "somebody", "password": ""}
    answers = [await limited.post("/api/auth/login", guess) for _ in range(12)]
    statuses = [answer.status for answer in answers]
    assert statuses[:10] == [400] * 10
    assert statuses[10:] == [429] * 2
    refused = answers[-1]
    assert_shape(refused.body, ERROR)
    assert refused.code == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 5
    assert (await limited.get("/api/instance/registration-mode")).status == 200, "everything else goes on"


async def test_one_account_does_not_slow_down_another(limited: Browser) -> None:
    busy, calm = await Person.register(limited), await Person.register(limited)
    answers = await asyncio.gather(*(busy.get("/api/server-templates") for _ in range(400)))
    statuses = [answer.status for answer in answers]
    assert 300 <= statuses.count(200) < 400
    assert statuses.count(200) + statuses.count(429) == 400
    assert all("Retry-After" in answer.headers for answer in answers if answer.status == 429)
    assert (await calm.get("/api/server-templates")).status == 200


async def test_supervisors_are_never_limited(limited: Browser) -> None:
    answers = await asyncio.gather(*(limited.get("/health/live") for _ in range(1100)))
    assert {answer.status for answer in answers} == {200}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def allowed(limiter: Limiter, key: str = "k") -> bool:
    try:
        limiter.check(key)
    except CoterieError:
        return False
    return True


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    limiter = Limiter(rate=2, burst=5, clock=clock)
    assert [allowed(limiter) for _ in range(6)] == [True] * 5 + [False]
    assert allowed(limiter, "another")
    clock.now += 0.5
    assert [allowed(limiter) for _ in range(2)] == [True, False]
    clock.now += 100
    assert [allowed(limiter) for _ in range(6)] == [True] * 5 + [False]


def test_one_is_told_how_long_to_wait() -> None:
    clock = Clock()
    limiter = Limiter(rate=0.5, burst=1, clock=clock)
    limiter.check("k")
    with pytest.raises(CoterieError) as caught:
        limiter.check("k")
    assert caught.value.retry_after == pytest.approx(2)
    clock.now += 2
    assert allowed(limiter)


def test_the_table_is_bounded() -> None:
    limiter = Limiter(rate=1, burst=1, clock=Clock())
    for number in range(TABLE_LIMIT + 1):
        limiter.check(f"{number}")
    assert allowed(limiter, "0"), "the one used longest ago made room"
    assert not allowed(limiter, f"{TABLE_LIMIT}")
