"""GET and DELETE /api/auth/sessions, POST /api/auth/logout: which logins there are, and ending them."""

from uuid import uuid4

import pytest

from coterie.accounts.login import SESSION_LIMIT
from coterie.database.pool import OwnConnection
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register
from tests.shapes import SESSION, assert_shape

PATH = "/api/auth/sessions"


@pytest.fixture
async def person(register: Register) -> Person:
    return await register()


async def another_login(person: Person, agent: str = "another device") -> Person:
    body = {"username": person.username, "password": PASSWORD}
    browser = Browser(person.url, person.http)
    answer = await browser.post("/api/auth/login", body, headers={"User-Agent": agent})
    return Person(browser, answer.body)


async def is_in(person: Person) -> bool:
    answer = await person.get("/api/users/@me")
    assert answer.status in {200, 401}
    return answer.status == 200


async def test_it_works(person: Person) -> None:
    phone = await another_login(person, "phone")
    newest, oldest = await phone.expect(200, "GET", PATH)
    for session in (newest, oldest):
        assert_shape(session, SESSION)
        assert not {"refresh_hash", "previous_hash"} & session.keys()
    assert (newest["user_agent"], newest["is_current"], oldest["is_current"]) == ("phone", True, False)
    assert [session["is_current"] for session in await person.expect(200, "GET", PATH)] == [False, True]


async def test_a_long_user_agent_is_cut(person: Person) -> None:
    login = await another_login(person, "x" * 3000)
    assert (await login.expect(200, "GET", PATH))[0]["user_agent"] == "x" * 400


async def test_one_login_can_be_ended_from_another(person: Person) -> None:
    phone = await another_login(person)
    [session] = [each for each in await person.expect(200, "GET", PATH) if not each["is_current"]]
    await person.expect(204, "DELETE", f"{PATH}/{session['id']}")
    assert not await is_in(phone)
    assert await is_in(person)
    answer = await phone.post("/api/auth/refresh", {"refresh_token": phone.login["refresh_token"]})
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")
    assert (await person.delete(f"{PATH}/{session['id']}")).status == 404


async def test_that_of_another_account_looks_like_none(person: Person, register: Register) -> None:
    stranger = await register()
    [session] = await person.expect(200, "GET", PATH)
    foreign = await stranger.delete(f"{PATH}/{session['id']}")
    absent = await stranger.delete(f"{PATH}/{uuid4()}")
    assert (foreign.status, foreign.body) == (absent.status, absent.body)
    assert (absent.status, absent.code) == (404, "not_found")
    assert await is_in(person)
    assert session["id"] not in [each["id"] for each in await stranger.expect(200, "GET", PATH)]


async def test_anonymous_has_none(browser: Browser) -> None:
    calls = [("GET", PATH), ("DELETE", f"{PATH}/{uuid4()}"), ("POST", "/api/auth/logout")]
    assert [(await browser.call(*call)).status for call in calls] == [401] * 3


async def test_logging_out_ends_this_login_only(person: Person) -> None:
    phone = await another_login(person)
    await phone.expect(204, "POST", "/api/auth/logout")
    assert not await is_in(phone)
    assert await is_in(person)
    assert (await phone.post("/api/auth/logout")).code == "session_ended"
    answer = await phone.post("/api/auth/refresh", {"refresh_token": phone.login["refresh_token"]})
    assert answer.status == 401


async def test_logging_out_closes_the_sockets_of_this_login_only(person: Person) -> None:
    phone = await another_login(person)
    staying, leaving = await person.socket(), await phone.socket()
    await phone.expect(204, "POST", "/api/auth/logout")
    await leaving.wait_for_close()
    await staying.settle()
    assert not staying.is_closed
    await staying.close()


async def test_a_login_beyond_the_limit_ends_the_oldest(person: Person) -> None:
    logins = [person, *[await another_login(person, f"device {number}") for number in range(1, SESSION_LIMIT)]]
    assert SESSION_LIMIT == 10
    assert all([await is_in(login) for login in logins])
    newest = await another_login(person, "one too many")
    assert [await is_in(login) for login in logins] == [False] + [True] * (SESSION_LIMIT - 1)
    assert len(await newest.expect(200, "GET", PATH)) == SESSION_LIMIT


async def test_expired_logins_are_not_listed_and_go_with_the_next_login(person: Person, rows: OwnConnection) -> None:
    await another_login(person)
    [old] = [each["id"] for each in await person.expect(200, "GET", PATH) if not each["is_current"]]
    await rows.execute(
        "UPDATE sessions SET created_at = now() - interval '9 days', expires_at = now() WHERE id = $1", old
    )
    assert old not in [each["id"] for each in await person.expect(200, "GET", PATH)]
    await another_login(person)
    assert await rows.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1", person.id) == 2
