"""POST /api/auth/login/step: no session begins while a step is open, whatever the order and whatever was proved."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final
from uuid import UUID

import aiohttp
import pytest
from msgspec import Raw

from coterie.accounts.actions import Accounts, set_password
from coterie.accounts.login import CHALLENGE_LIMIT
from coterie.database.connection import Connection, Database
from coterie.database.pool import open_pool
from coterie.http import rate_limits
from coterie.services import making
from tests.people import PASSWORD, Answer, Browser, Person
from tests.serving import serving, settings_for

LOGIN, STEP, SESSIONS = "/api/auth/login", "/api/auth/login/step", "/api/auth/sessions"


@dataclass(frozen=True)
class Word:
    """A step that is taken with its name backwards. The accounts in `demanding` demand it."""

    name: str

    async def is_required(self, connection: Connection, user_id: UUID) -> bool:
        return user_id in demanding

    async def verify(self, connection: Connection, user_id: UUID, answer: Raw) -> bool:
        return bytes(answer) == word(self.name).encode()


demanding: Final[set[UUID]] = set()
NAMES: Final = ("first", "second", "third")


def word(name: str) -> str:
    return f'"{name[::-1]}"'


@dataclass(frozen=True)
class World:
    browser: Browser
    database: Database
    person: Person
    accounts: Accounts

    async def log_in(self, **fields: Any) -> Answer:
        return await self.browser.post(LOGIN, {"username": self.person.username, "password": PASSWORD, **fields})

    async def step(self, challenge: str, name: str, answer: str | None = None, **fields: Any) -> Answer:
        given = name[::-1] if answer is None else answer
        return await self.browser.post(STEP, {"challenge": challenge, "step": name, "answer": given, **fields})

    async def sessions(self) -> int:
        return len(await self.person.expect(200, "GET", SESSIONS))


@pytest.fixture
async def world(
    database_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[World]:
    """An instance with three steps, and a person whose account demands them. The parameter turns rate limits on."""
    made: list[Accounts] = []

    class SteppedAccounts(Accounts):
        @classmethod
        def of(cls, settings: Any, authentication: Any, guesses: Any, steps: Any, **options: Any) -> Any:
            made.append(Accounts.of(settings, authentication, guesses, tuple(map(Word, NAMES)), **options))
            return made[-1]

    monkeypatch.setattr(making, "Accounts", SteppedAccounts)
    settings = settings_for(database_url, RATE_LIMITS=getattr(request, "param", "off"))
    database = await open_pool(settings)
    jar = aiohttp.DummyCookieJar()
    async with serving(settings) as server, aiohttp.ClientSession(cookie_jar=jar) as http:
        browser = Browser(server.url, http)
        person = await Person.register(browser)
        demanding.add(UUID(person.id))
        yield World(browser, database, person, made[0])
    await database.close()


async def test_it_works_in_every_order_and_only_after_the_last_step(world: World) -> None:
    for order in permutations(NAMES):
        answer = await world.log_in()
        for number, name in enumerate(order):
            assert (answer.status, answer.code) == (401, "login_step_required")
            assert answer.body["steps"] == [each for each in NAMES if each not in order[:number]]
            assert answer.body.keys() == {"error", "code", "challenge", "steps"}
            before = await world.sessions()
            answer = await world.step(answer.body["challenge"], name)
            assert await world.sessions() == before + (number == len(NAMES) - 1)
        assert answer.status == 200
        new = Person(world.browser, answer.body)
        assert (await new.expect(200, "GET", "/api/users/@me"))["id"] == world.person.id


async def test_the_last_answer_is_as_that_of_a_login(world: World) -> None:
    challenge = (await world.log_in()).body["challenge"]
    for name in NAMES[:2]:
        challenge = (await world.step(challenge, name)).body["challenge"]
    answer = await world.step(challenge, NAMES[2], cookies=True)
    assert (answer.status, answer.body["refresh_token"], answer.body["token"]) == (200, None, None)
    assert "coterie_refresh" in answer.headers["Set-Cookie"] or "coterie_session" in answer.headers["Set-Cookie"]


async def test_without_a_demand_nothing_is_asked(world: World) -> None:
    demanding.clear()
    assert (await world.log_in()).status == 200


async def test_a_wrong_answer_can_be_repeated_and_is_a_security_event(world: World) -> None:
    challenge = (await world.log_in()).body["challenge"]
    assert (await world.step(challenge, "first", "wrong")).code == "wrong_step_answer"
    assert (await world.step(challenge, "fourth", "htruof")).code == "invalid"
    assert (await world.step(challenge, "first")).code == "login_step_required"


async def test_a_step_is_taken_once(world: World) -> None:
    challenge = (await world.log_in()).body["challenge"]
    following = (await world.step(challenge, "first")).body["challenge"]
    assert (await world.step(challenge, "second")).code == "challenge_ended"
    assert (await world.step(following, "first")).code == "invalid"
    assert (await world.step("unknown", "first")).code == "challenge_ended"


async def test_it_expires(world: World) -> None:
    challenge = (await world.log_in()).body["challenge"]
    await world.database.execute("UPDATE login_challenges SET expires_at = now()")
    assert (await world.step(challenge, "first")).code == "challenge_ended"
    await world.log_in()
    assert await world.database.fetchval("SELECT count(*) FROM login_challenges") == 1


async def test_a_new_password_and_a_disabled_account_end_it(world: World) -> None:
    first = (await world.log_in()).body["challenge"]
    body = {"current_password": PASSWORD, "new_password": "quite another one"}
    await world.person.expect(204, "POST", "/api/auth/change-password", body)
    assert (await world.step(first, "first")).code == "challenge_ended"
    await set_password(world.accounts, UUID(world.person.id), PASSWORD)
    second = (await world.log_in()).body["challenge"]
    await world.database.execute("UPDATE users SET is_admin = FALSE")
    other = await Person.register(world.browser)
    await world.database.execute("UPDATE users SET is_admin = TRUE WHERE id = $1", UUID(other.id))
    path = f"/api/admin/users/{world.person.id}"
    assert (await other.patch(path, {"disabled": True})).status < 300
    assert (await world.step(second, "first")).code == "challenge_ended"


@pytest.mark.parametrize("world", ["on"], indirect=True)
async def test_guesses_are_counted_for_the_account_over_all_challenges(world: World) -> None:
    burst = rate_limits.GUESSES.rate.burst
    challenges = [(await world.log_in()).body["challenge"] for _ in range(2)]
    answers = [(await world.step(challenges[number % 2], "first", "wrong")).code for number in range(burst + 1)]
    assert answers == ["wrong_step_answer"] * burst + ["rate_limited"]
    assert (await world.step(challenges[0], "first")).code == "rate_limited"
    assert (await world.step(challenges[0], "second")).code == "login_step_required"


async def test_the_table_has_no_token_and_few_rows(world: World) -> None:
    given = [(await world.log_in()).body["challenge"] for _ in range(CHALLENGE_LIMIT + 1)]
    rows = await world.database.fetch("SELECT * FROM login_challenges")
    assert len(rows) == CHALLENGE_LIMIT
    assert not [each for each in given if each in str([dict(row) for row in rows])]
    assert (await world.step(given[0], "first")).code == "challenge_ended"
    assert (await world.step(given[-1], "first")).code == "login_step_required"
