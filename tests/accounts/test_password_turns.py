"""Who gets a turn at hashing while many ask for one."""

import asyncio
import threading
from collections.abc import AsyncIterator

import aiohttp
import pytest
from argon2 import PasswordHasher

from coterie.accounts import passwords
from coterie.accounts.passwords import Asker, Passwords
from tests.patience import PATIENCE
from tests.people import PASSWORD, Browser, Person
from tests.serving import serving, settings_for

SLOW = PasswordHasher(time_cost=60, memory_cost=8 * 1024, parallelism=1)


@pytest.fixture
async def slow(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Browser]:
    """Behind a proxy; each hash takes as long as it does in production, or longer."""
    monkeypatch.setattr(passwords, "HASHER", SLOW)
    async with serving(settings_for(database_url, COTERIE_TRUSTED_PROXIES="127.0.0.1")) as server:
        yield Browser(server.url, http)


async def log_in(browser: Browser, name: str, address: str, device: str = "") -> int:
    body = {"username": name, "password": PASSWORD}
    headers = {"X-Forwarded-For": address, "Cookie": f"coterie_device={device}"}
    return (await browser.post("/api/auth/login", body, headers=headers)).status


async def test_a_browser_that_was_here_before_gets_in_while_strangers_fill_the_places(
    slow: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await Person.register(slow)
    answer = await slow.http.post(
        f"{slow.url}/api/auth/login", json={"username": person.username, "password": PASSWORD}
    )
    mark = answer.cookies["coterie_device"].value
    monkeypatch.setattr(passwords, "WAITING_LIMIT", 6)
    monkeypatch.setattr(passwords, "RESERVED", 2)
    strangers = [asyncio.create_task(log_in(slow, f"nobody{n}", f"198.51.100.{n}")) for n in range(12)]
    await asyncio.wait(strangers, return_when=asyncio.FIRST_COMPLETED)  # the first is refused: no place is left
    assert await log_in(slow, person.username, "203.0.113.1") == 429, "unknown here"
    assert await log_in(slow, person.username, "203.0.113.1", mark) == 200
    assert sorted(await asyncio.gather(*strangers)).count(429) == 8


@pytest.mark.parametrize("crowd", [Asker("an account"), Asker(site="198.51.100.7")], ids=["account", "address"])
async def test_one_hashes_one_at_a_time(crowd: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """So someone else has a turn while none of the crowd's hashes ends."""
    ending = threading.Event()

    class Endless(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            assert password != "crowd" or ending.wait(PATIENCE)
            return super().hash(password, salt=salt)

    monkeypatch.setattr(passwords, "HASHER", Endless(time_cost=1, memory_cost=8, parallelism=1))
    hashing = Passwords()
    hashes = [asyncio.create_task(hashing.hash("crowd", crowd)) for _ in range(12)]
    await hashing.hash(PASSWORD, Asker("other", "203.0.113.1"))
    assert not any(each.done() for each in hashes)
    ending.set()
    await asyncio.gather(*hashes)
    hashing.close()


async def test_a_wrong_reset_token_costs_no_hash(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAITING_LIMIT", 0)  # no hash is made
    body = {"token": "unknown", "new_password": "a new password"}
    assert (await browser.post("/api/auth/reset-password", body)).status == 401
