"""Refresh tokens that two people hold, answers that get lost, and tokens from before the chain of generations."""

import secrets

import pytest

from coterie.accounts.guesses import DEVICE_COOKIE
from coterie.accounts.tokens import token_hash
from coterie.database.pool import OwnConnection
from coterie.http.credentials import REFRESH_COOKIE
from tests.accounts.test_refresh import Login
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register

ME = "/api/users/@me"
REFRESH = "/api/auth/refresh"


@pytest.fixture
async def login(register: Register, browser: Browser, rows: OwnConnection) -> Login:
    return Login(await register(), browser, rows)


@pytest.mark.parametrize("exchanges", [2, 3, 5])
async def test_a_thief_who_exchanges_it_several_times_is_found_out(login: Login, exchanges: int) -> None:
    token = login.first
    for _ in range(exchanges):
        answer = await login.refresh(token)
        token = answer.body["refresh_token"]
    thief = Person(login.browser, answer.body)
    socket = await thief.socket()
    await login.pass_time("12 seconds")
    refused = await login.refresh(login.first)
    assert (refused.status, refused.code) == (401, "wrong_refresh_token")
    assert (await thief.get(ME)).code == "session_ended"
    assert (await login.refresh(token)).status == 401
    assert await socket.wait_for_close() == 4001


async def test_an_older_generation_ends_the_login_at_any_age(login: Login) -> None:
    await login.use(await login.use(login.first))
    assert (await login.refresh(login.first)).status == 401
    assert not await login.is_open()


async def test_a_lost_answer_can_be_asked_for_again_at_any_time(login: Login) -> None:
    lost = await login.exchange(login.first)
    await login.pass_time("1 day")
    assert await login.exchange(login.first) == lost
    await login.pass_time("1 day")
    following = await login.use(lost)
    assert await login.is_open()
    assert following != lost


async def test_the_answer_of_a_repeat_counts_as_the_successor(login: Login) -> None:
    await login.exchange(login.first)
    await login.pass_time("1 day")
    await login.use(login.first)
    assert (await login.refresh(login.first)).status == 401
    assert not await login.is_open()


async def test_using_the_token_from_before_the_exchange_confirms_nothing(login: Login) -> None:
    lost = await login.exchange(login.first)
    await login.person.expect(200, "GET", ME)
    await login.pass_time("1 day")
    assert await login.exchange(login.first) == lost


async def test_a_socket_counts_as_a_use(login: Login) -> None:
    answer = await login.refresh(login.first)
    socket = await Person(login.browser, answer.body).socket()
    await login.pass_time("11 seconds")
    assert (await login.refresh(login.first)).status == 401
    assert await socket.wait_for_close() == 4001


@pytest.mark.parametrize("part", [1, 2, 3])
async def test_a_forged_token_ends_nothing(login: Login, part: int, register: Register) -> None:
    await login.use(await login.use(login.first))
    parts, other = login.first.split("."), (await register()).login["refresh_token"].split(".")
    parts[part] = other[part] if part != 2 else "1"
    answer = await login.refresh(".".join(parts))
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")
    assert await login.is_open()


@pytest.mark.parametrize(
    "token",
    [
        "..",
        "2...",
        "a.0.b",
        "2.{sid}.-1.{mac}",
        "2.{sid}.00.{mac}",
        "2.{sid}.9999999999.{mac}",
        "2.{sid}.٣.{mac}",
        "{sid}.0.{mac}",
        "3.{sid}.0.{mac}",
    ],
)
async def test_what_is_shaped_like_a_token_is_refused(login: Login, token: str) -> None:
    _, sid, _, mac = login.first.split(".")
    answer = await login.refresh(token.format(sid=sid, mac=mac))
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")
    assert await login.is_open()


async def test_a_generation_from_after_the_backup_is_refused(login: Login) -> None:
    """A restored database is behind its clients: they log in again, and nothing ends."""
    token = await login.use(await login.use(login.first))
    await login.rows.execute("UPDATE sessions SET generation = 1 WHERE user_id = $1", login.person.id)
    assert (await login.refresh(token)).status == 401
    assert await login.is_open()


@pytest.mark.parametrize(
    ("user_agent", "status"), [("Browser/5.1 (X11)", 200), ("Browser/4.0 (X11)", 200), ("curl/8", 401), ("", 401)]
)
async def test_another_kind_of_client_gets_no_answer_to_a_repeat(
    register: Register, browser: Browser, user_agent: str, status: int
) -> None:
    person = await register()
    body = {"username": person.username, "password": PASSWORD}
    agent = {"User-Agent": "Browser/5.0 (X11)"}
    token = {"refresh_token": (await browser.post("/api/auth/login", body, headers=agent)).body["refresh_token"]}
    assert (await browser.post(REFRESH, token, headers=agent)).status == 200
    repeated = await browser.post(REFRESH, token, headers={"User-Agent": user_agent})
    assert repeated.status == status
    assert (await browser.post(REFRESH, token, headers=agent)).status == 200, "nothing has ended"


async def test_a_page_gets_an_answer_to_a_repeat_by_the_mark_of_its_browser(
    register: Register, browser: Browser
) -> None:
    person = await register()
    body = {"username": person.username, "password": PASSWORD}
    async with browser.http.post(f"{browser.url}/api/auth/login", json=body) as answer:
        refreshing, mark = answer.cookies[REFRESH_COOKIE].value, answer.cookies[DEVICE_COOKIE].value
    cookie = f"{REFRESH_COOKIE}={refreshing}"
    assert (await browser.call("POST", REFRESH, headers={"Cookie": cookie})).status == 200
    assert (await browser.call("POST", REFRESH, headers={"Cookie": cookie})).status == 401
    marked = {"Cookie": f"{cookie}; {DEVICE_COOKIE}={mark}"}
    assert (await browser.call("POST", REFRESH, headers=marked)).status == 200
    other = {"Cookie": f"{cookie}; {DEVICE_COOKIE}={mark[::-1]}"}
    assert (await browser.call("POST", REFRESH, headers=other)).status == 401


class TestOldTokens:
    """Opaque tokens of earlier versions, of which only a hash is stored."""

    @pytest.fixture
    async def old(self, login: Login) -> str:
        token = secrets.token_urlsafe(32)
        await login.rows.execute(
            "UPDATE sessions SET refresh_hash = $2, previous_hash = NULL WHERE user_id = $1",
            login.person.id,
            token_hash(token),
        )
        return token

    async def test_it_is_exchanged_once(self, login: Login, old: str) -> None:
        following = await login.use(old)
        assert following.startswith("2.")
        await login.pass_time("11 seconds")
        assert (await login.refresh(old)).status == 401
        assert not await login.is_open()

    async def test_a_lost_answer_can_be_asked_for_again(self, login: Login, old: str) -> None:
        lost = await login.exchange(old)
        await login.pass_time("1 day")
        assert await login.exchange(old) == lost
        await login.use(lost)
        assert await login.is_open()

    async def test_the_one_before_it_ends_the_login(self, login: Login, old: str) -> None:
        older = secrets.token_urlsafe(32)
        await login.rows.execute(
            "UPDATE sessions SET previous_hash = $2 WHERE user_id = $1", login.person.id, token_hash(older)
        )
        await login.pass_time("11 seconds")
        assert (await login.refresh(older)).status == 401
        assert not await login.is_open()
