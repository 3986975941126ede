"""POST /api/auth/refresh: a login stays alive while it is used, and a stolen token ends it."""

import asyncio

import pytest

from coterie.accounts.tokens import token_hash
from coterie.database.pool import OwnConnection
from coterie.http.credentials import REFRESH_COOKIE
from tests.people import Answer, Browser, Person
from tests.serving import Register
from tests.shapes import LOGIN, assert_shape

PATH = "/api/auth/refresh"
JSON = {"Content-Type": "application/json"}


class Login:
    """A person's login and its row."""

    def __init__(self, person: Person, browser: Browser, rows: OwnConnection) -> None:
        self.person = person
        self.browser = browser
        self.rows = rows
        self.first: str = person.login["refresh_token"]

    async def refresh(self, token: str) -> Answer:
        return await self.browser.post(PATH, {"refresh_token": token})

    async def exchange(self, token: str) -> str:
        answer = await self.refresh(token)
        assert answer.status == 200, answer.body
        found: str = answer.body["refresh_token"]
        return found

    async def use(self, token: str) -> str:
        """Exchange a token and use the answer; returns the next token."""
        answer = await self.refresh(token)
        assert answer.status == 200, answer.body
        await Person(self.browser, answer.body).expect(200, "GET", "/api/users/@me")
        found: str = answer.body["refresh_token"]
        return found

    async def pass_time(self, time: str) -> None:
        """Move everything about this login into the past by this much."""
        await self.rows.execute(
            "UPDATE sessions SET created_at = created_at - $2::text::interval, "
            "refreshed_at = refreshed_at - $2::text::interval, expires_at = expires_at - $2::text::interval "
            "WHERE user_id = $1",
            self.person.id,
            time,
        )

    async def days_left(self) -> float:
        statement = "SELECT extract(epoch FROM expires_at - now()) / 86400 FROM sessions WHERE user_id = $1"
        return float(await self.rows.fetchval(statement, self.person.id))

    async def is_open(self) -> bool:
        return (await self.person.get("/api/users/@me")).status == 200


@pytest.fixture
async def login(register: Register, browser: Browser, rows: OwnConnection) -> Login:
    return Login(await register(), browser, rows)


async def test_it_works(login: Login) -> None:
    answer = await login.refresh(login.first)
    assert answer.status == 200
    assert_shape(answer.body, LOGIN)
    assert answer.body["user"] == login.person.login["user"]
    assert answer.body["refresh_token"] != login.first
    fresh = Person(login.browser, answer.body)
    [session] = await fresh.expect(200, "GET", "/api/auth/sessions")
    assert session["is_current"] is True


async def test_the_expiry_slides(login: Login) -> None:
    assert 6.9 < await login.days_left() <= 7
    await login.pass_time("6 days")
    assert await login.days_left() <= 1
    token = await login.exchange(login.first)
    assert 6.9 < await login.days_left() <= 7
    await login.pass_time("6 days")
    await login.exchange(token)
    assert await login.is_open()


async def test_an_expired_login_is_over(login: Login) -> None:
    await login.pass_time("7 days")
    answer = await login.refresh(login.first)
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")


async def test_an_exchanged_token_ends_the_login_once_its_successor_was_used(login: Login) -> None:
    second = await login.use(login.first)
    await login.pass_time("11 seconds")
    answer = await login.refresh(login.first)
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")
    assert not await login.is_open()
    assert (await login.refresh(second)).status == 401


async def test_the_reuse_ends_no_other_login(login: Login, register: Register) -> None:
    other = await register()
    await login.use(login.first)
    await login.pass_time("11 seconds")
    await login.refresh(login.first)
    await other.expect(200, "GET", "/api/users/@me")


async def test_a_repeat_within_the_grace_is_answered_alike(login: Login) -> None:
    """The answer may have been lost on the way; whichever of the two the client keeps must work."""
    second = await login.exchange(login.first)
    assert await login.exchange(login.first) == second
    await login.pass_time("11 seconds")
    third = await login.exchange(second)
    assert third != second
    assert await login.is_open()


async def test_all_tabs_that_refresh_at_once_stay_logged_in(login: Login) -> None:
    tokens = await asyncio.gather(*(login.use(login.first) for _ in range(5)))
    await login.pass_time("11 seconds")
    assert len({*tokens}) == 1
    assert await login.exchange(tokens[0]) != tokens[0]
    assert await login.is_open()


async def test_a_repeat_does_not_slide_the_grace(login: Login) -> None:
    await login.use(login.first)
    await login.pass_time("6 seconds")
    await login.exchange(login.first)
    await login.pass_time("6 seconds")
    assert (await login.refresh(login.first)).status == 401


async def test_tokens_are_kept_as_hashes_only(login: Login) -> None:
    token = await login.exchange(login.first)
    row = await login.rows.fetchrow(
        "SELECT refresh_hash, previous_hash FROM sessions WHERE user_id = $1", login.person.id
    )
    assert row is not None
    assert (row["refresh_hash"], row["previous_hash"]) == (token_hash(token), token_hash(login.first))
    assert len(row["refresh_hash"]) == 32


@pytest.mark.parametrize(("data", "headers"), [(None, {}), (b"{}", JSON), (b"", JSON), (b"", {})])
async def test_it_works_by_cookie(login: Login, data: bytes | None, headers: dict[str, str]) -> None:
    cookie = {"Cookie": f"{REFRESH_COOKIE}={login.first}"}
    answer = await login.browser.call("POST", PATH, headers={**cookie, **headers}, data=data)
    assert answer.status == 200, answer.body
    assert (answer.body["refresh_token"], answer.body["token"]) == (None, None), "scripts of a page could read it"


async def test_the_body_goes_before_the_cookie(login: Login, register: Register) -> None:
    other = await register()
    cookie = {"Cookie": f"{REFRESH_COOKIE}={other.login['refresh_token']}"}
    answer = await login.browser.post(PATH, {"refresh_token": login.first}, headers=cookie)
    assert answer.body["user"]["id"] == login.person.id


async def test_an_access_token_is_no_refresh_token(login: Login) -> None:
    answer = await login.refresh(login.person.login["access_token"])
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"refresh_token": None}, 400, "invalid"),
        ({"refresh_token": ""}, 400, "invalid"),
        ({"refresh_token": "x" * 2049}, 400, "invalid"),
        ({"refresh_token": 1}, 422, "unprocessable"),
        ({"refresh_token": "unknown"}, 401, "wrong_refresh_token"),
        ({"refresh_token": "\0"}, 401, "wrong_refresh_token"),
    ],
)
async def test_refusals(browser: Browser, body: dict[str, object], status: int, code: str) -> None:
    answer = await browser.post(PATH, body)
    assert (answer.status, answer.code) == (status, code)
    if status != 401:
        assert list(answer.body["fields"]) == ["refresh_token"]


async def test_a_disabled_account_learns_it(login: Login) -> None:
    await login.rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", login.person.id)
    answer = await login.refresh(login.first)
    assert (answer.status, answer.code) == (403, "account_disabled")
