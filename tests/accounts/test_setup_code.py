"""The first account of an instance becomes its administrator: with a set-up code, only the operator can create it."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from coterie.database.pool import OwnConnection
from coterie.http.rate_limits import GUESSES
from tests.people import PASSWORD, SETUP_CODE, Answer, Browser
from tests.serving import serving, settings_for

MODE = "/api/instance/registration-mode"


@pytest.fixture
async def empty(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    """An anonymous caller of an instance that has no account."""
    async with serving(settings_for(database_url, COTERIE_SETUP_CODE=SETUP_CODE)) as server:
        yield Browser(server.url, http)


async def register(browser: Browser, code: str | None, name: str = "stranger", path: str = "register") -> Answer:
    body = {"username": name, "password": PASSWORD, "email": f"{name}@example.org", "setup_code": code}
    return await browser.post(f"/api/auth/{path}", body)


@pytest.mark.parametrize("path", ["register", "signup"])
@pytest.mark.parametrize("code", [None, "", "-", "AAAA-AAAA-AAAA-AAAA", SETUP_CODE[:-1], f"{SETUP_CODE}s", "é", "ß"])
async def test_a_stranger_cannot_become_the_administrator(
    empty: Browser, pool: OwnConnection, path: str, code: str | None
) -> None:
    refused = await register(empty, code, path=path)
    assert (refused.status, refused.code) == (403, "setup_code_required")
    assert "set-up code" in refused.body["error"]
    assert await pool.fetchval("SELECT count(*) FROM users") == 0


async def test_the_operator_can_and_the_code_is_gone(empty: Browser) -> None:
    assert await empty.expect(200, "GET", MODE) == {"registration_mode": "open", "needs_setup_code": True}
    first = await register(empty, SETUP_CODE, "operator")
    assert (first.status, first.body["user"]["is_admin"]) == (201, True)
    assert await empty.expect(200, "GET", MODE) == {"registration_mode": "open"}
    for name, code in (("ben", SETUP_CODE), ("cleo", None), ("dora", "wrong")):
        later = await register(empty, code, name)
        assert (later.status, later.body["user"]["is_admin"]) == (201, False)


@pytest.mark.parametrize("code", [SETUP_CODE.upper(), SETUP_CODE.replace("-", ""), f" {SETUP_CODE.replace('-', ' ')} "])
async def test_it_can_be_typed_without_dashes_and_in_capitals(empty: Browser, code: str) -> None:
    assert (await register(empty, code)).status == 201


@pytest.mark.parametrize("mode", ["invite_only", "closed"])
async def test_it_is_needed_in_every_mode_and_enough(empty: Browser, pool: OwnConnection, mode: str) -> None:
    await pool.execute("INSERT INTO instance_settings (registration_mode) VALUES ($1)", mode)
    assert (await register(empty, "wrong")).code == "setup_code_required"
    assert (await register(empty, SETUP_CODE)).status == 201


async def test_of_many_at_once_one_is_the_first(empty: Browser) -> None:
    answers = await asyncio.gather(*(register(empty, SETUP_CODE, f"person{number}") for number in range(6)))
    assert [answer.status for answer in answers] == [201] * 6
    assert [answer.body["user"]["is_admin"] for answer in answers].count(True) == 1


async def test_it_is_needed_again_when_the_last_account_is_gone(empty: Browser, pool: OwnConnection) -> None:
    assert (await register(empty, SETUP_CODE)).status == 201
    await pool.execute("DELETE FROM users")
    assert (await register(empty, None)).code == "setup_code_required"


async def test_without_one_the_first_to_register_is_the_administrator(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with serving(settings_for(database_url)) as server:
        browser = Browser(server.url, http)
        assert await browser.expect(200, "GET", MODE) == {"registration_mode": "open"}
        assert (await register(browser, None)).body["user"]["is_admin"] is True


async def test_all_processes_count_wrong_codes_together(
    database_url: str, http: aiohttp.ClientSession, pool: OwnConnection
) -> None:
    """By address, so that the operator can still register from another one."""
    settings = settings_for(
        database_url, RATE_LIMITS="on", COTERIE_SETUP_CODE=SETUP_CODE, COTERIE_TRUSTED_PROXIES="127.0.0.1"
    )

    async def guess(browser: Browser, code: str | None, address: str) -> Answer:
        body = {"username": "someone", "password": PASSWORD, "setup_code": code}
        return await browser.post("/api/auth/register", body, headers={"X-Forwarded-For": address})

    async with serving(settings) as one, serving(settings) as another:
        processes = [Browser(one.url, http), Browser(another.url, http)]
        burst = GUESSES.rate.burst
        for _ in range(2):
            assert (await guess(processes[0], None, "203.0.113.7")).status == 403
        answers = [await guess(processes[n % 2], f"wrong {n}", "203.0.113.7") for n in range(burst + 2)]
        assert [answer.status for answer in answers] == [403] * burst + [429] * 2
        assert answers[-1].code == "rate_limited"
        assert (await guess(processes[0], SETUP_CODE, "203.0.113.7")).status == 429
        assert (await guess(processes[0], SETUP_CODE, "198.51.100.7")).status == 201
    refused = "SELECT sum(occurrences) FROM security_events WHERE type = 'auth.setup_code_refused'"
    assert await pool.fetchval(refused) == burst
