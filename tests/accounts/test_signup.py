"""POST /api/auth/signup and GET /api/auth/me: how the messenger's clients register."""

from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from coterie.accounts.tokens import PURPOSE
from coterie.database.pool import OwnConnection
from coterie.settings.derived_keys import derived_key
from tests.people import PASSWORD, Browser, Person
from tests.serving import LiveServer, Register
from tests.shapes import ACCOUNT, LOGIN, assert_shape, is_text

PATH = "/api/auth/signup"
ME = "/api/auth/me"


def body(**other: Any) -> dict[str, Any]:
    name = f"n_{uuid4().hex[:20]}"
    return {"username": name, "email": f"{name}@example.org", "password": PASSWORD, **other}


async def test_it_works(browser: Browser) -> None:
    given = body()
    answer = await browser.expect(200, "POST", PATH, given)
    assert_shape(answer, LOGIN)
    assert (answer["user"]["username"], answer["user"]["email"]) == (given["username"], given["email"])
    assert answer["user"]["subscription_status"] is None
    own = Browser(browser.url, browser.http, answer["token"])
    assert await own.expect(200, "GET", ME) == answer["user"]


async def test_the_answer_is_the_one_of_the_other_contract(browser: Browser) -> None:
    given = body()
    answers = [
        await browser.expect(200, "POST", PATH, given),
        await browser.expect(201, "POST", "/api/auth/register", body()),
        await browser.expect(200, "POST", "/api/auth/login", {"username": given["email"], "password": PASSWORD}),
    ]
    assert len({(tuple(answer), tuple(answer["user"])) for answer in answers}) == 1
    assert answers[0]["user"] == answers[2]["user"]


@pytest.mark.parametrize("email", [None, ""])
async def test_an_email_address_is_needed(browser: Browser, email: str | None) -> None:
    answer = await browser.post(PATH, body(email=email))
    assert answer.status in (400, 422)
    assert list(answer.body["fields"]) == ["email"]
    given = body()
    del given["email"]
    assert (await browser.post(PATH, given)).body["fields"].keys() == {"email"}


async def test_names_and_addresses_are_taken_once_over_both_wires(browser: Browser) -> None:
    given = body()
    await browser.expect(201, "POST", "/api/auth/register", given)
    answer = await browser.post(PATH, body(username=given["username"].upper()))
    assert (answer.status, answer.code) == (409, "username_taken")
    answer = await browser.post(PATH, body(email=given["email"].upper()))
    assert (answer.status, answer.code) == (409, "email_taken")


async def test_an_account_without_an_address_has_an_empty_one_on_this_wire(register: Register) -> None:
    person = await register()
    account = await person.expect(200, "GET", ME)
    assert_shape(account, {**ACCOUNT, "email": is_text})
    assert account == {**person.user, "email": "", "subscription_status": None}


async def test_the_other_token_opens_what_the_access_token_opens(register: Register) -> None:
    person = await register(lasting=True)
    lasting = Person(person, {**person.login, "access_token": person.login["token"]})
    await lasting.expect(200, "GET", "/api/users/@me")
    socket = await lasting.socket()
    assert socket.ready["user"]["id"] == person.id
    await lasting.expect(204, "POST", "/api/auth/logout")
    for token in (person, lasting):
        answer = await token.get(ME)
        assert (answer.status, answer.code) == (401, "session_ended")
    assert await socket.wait_for_close() is not None


async def test_it_is_no_refresh_token(register: Register) -> None:
    person = await register(lasting=True)
    answer = await person.post("/api/auth/refresh", {"refresh_token": person.login["token"]})
    assert (answer.status, answer.code) == (401, "wrong_refresh_token")


async def ends(rows: OwnConnection, person: Person, when: str | None = None) -> float:
    """The days for which the session is valid, after setting them if given."""
    if when is not None:
        statement = (
            "UPDATE sessions SET created_at = now() - interval '8 days', expires_at = now() + $2::text::interval"
        )
        await rows.execute(f"{statement} WHERE user_id = $1", person.id, when)
    statement = "SELECT extract(epoch FROM expires_at - now()) / 86400 FROM sessions WHERE user_id = $1"
    return float(await rows.fetchval(statement, person.id))


async def test_using_it_keeps_the_session_standing(register: Register, rows: OwnConnection) -> None:
    person = await register(lasting=True)
    lasting = Browser(person.url, person.http, person.login["token"])
    await ends(rows, person, "2 days")
    await lasting.expect(200, "GET", ME)
    assert 6.9 < await ends(rows, person) <= 7
    [session] = await person.expect(200, "GET", "/api/auth/sessions")
    log = await person.expect(200, "GET", "/sync/me")
    assert log[f"sessions/{session['id']}"]["expires_at"] == session["expires_at"]


async def test_an_access_token_does_not(register: Register, rows: OwnConnection) -> None:
    person = await register(lasting=True)
    await ends(rows, person, "2 days")
    await person.expect(200, "GET", ME)
    assert await ends(rows, person) < 2


async def test_no_use_revives_a_session_that_ended(register: Register, rows: OwnConnection) -> None:
    person = await register(lasting=True)
    await ends(rows, person, "0 days")
    answer = await person.get(ME, headers={"Authorization": f"Bearer {person.login['token']}"})
    assert (answer.status, answer.code) == (401, "session_ended")
    assert not await rows.fetchval("SELECT count(*) FROM sessions WHERE user_id = $1 AND expires_at > now()", person.id)


async def test_it_lasts_thirty_days(register: Register, live_server: LiveServer) -> None:
    token = (await register(lasting=True)).login["token"]
    key = OctKey.import_key(derived_key(live_server.settings.jwt_secret, PURPOSE))
    claims = jwt.decode(token, key, algorithms=["HS256"]).claims
    assert claims["exp"] - claims["iat"] == 30 * 24 * 3600
