"""POST /api/auth/change-password, forgot-password and reset-password."""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register

CHANGE = "/api/auth/change-password"
FORGOT = "/api/auth/forgot-password"
RESET = "/api/auth/reset-password"
NEW = "a new password"


@pytest.fixture
async def person(browser: Browser) -> Person:
    """A user with an e-mail address."""
    name = f"p_{uuid4().hex[:16]}"
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    return Person(browser, await browser.expect(201, "POST", "/api/auth/register", body))


@pytest.fixture
async def admin(register: Register, rows: OwnConnection) -> Person:
    person = await register("admin")
    await rows.execute("UPDATE users SET is_admin = TRUE WHERE id = $1", person.id)
    return person


async def log_in(browser: Browser, person: Person, password: str) -> int:
    body = {"username": person.username, "password": password}
    return (await browser.post("/api/auth/login", body)).status


@pytest.mark.parametrize("guessed", ["password1", "PASSWORD123", "Liverpool1", "{name}", "{name}1990", "Coterie2026"])
async def test_what_anyone_could_guess_is_refused_wherever_it_is_chosen(
    browser: Browser, admin: Person, person: Person, guessed: str
) -> None:
    new = guessed.format(name=person.username)
    fresh = {"username": f"x_{uuid4().hex[:16]}", "email": person.user["email"], "password": new}
    assert (await browser.post("/api/auth/register", fresh)).code == "guessable_password"
    assert (await browser.post("/api/auth/signup", fresh)).code == "guessable_password"
    change = {"current_password": PASSWORD, "new_password": new}
    assert (await person.post(CHANGE, change)).code == "guessable_password"
    token = (await admin.expect(200, "POST", FORGOT, {"email": person.user["email"]}))["token"]
    reset = {"token": token, "new_password": new}
    assert (await browser.post(RESET, reset)).code == "guessable_password"
    assert await log_in(browser, person, PASSWORD) == 200
    await browser.expect(200, "POST", RESET, reset | {"new_password": NEW})


async def test_changing_it_works_and_ends_the_other_logins(browser: Browser, person: Person) -> None:
    body = {"username": person.username, "password": PASSWORD}
    phone = Person(browser, await browser.expect(200, "POST", "/api/auth/login", body))
    socket = await phone.socket()
    await person.expect(204, "POST", CHANGE, {"current_password": PASSWORD, "new_password": NEW})
    await socket.wait_for_close()
    assert (await phone.get("/api/users/@me")).code == "session_ended"
    await person.expect(200, "GET", "/api/users/@me")
    assert await log_in(browser, person, PASSWORD) == 401
    assert await log_in(browser, person, NEW) == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"current_password": "not it", "new_password": NEW}, 403, "wrong_password"),
        ({"current_password": PASSWORD, "new_password": "seven_7"}, 400, "invalid"),
        ({"current_password": PASSWORD, "new_password": "x" * 129}, 400, "invalid"),
        ({"current_password": "", "new_password": NEW}, 400, "invalid"),
        ({"new_password": NEW}, 422, "unprocessable"),
        ({"current_password": PASSWORD}, 422, "unprocessable"),
    ],
)
async def test_what_changing_refuses(browser: Browser, person: Person, body: Any, status: int, code: str) -> None:
    answer = await person.post(CHANGE, body)
    assert (answer.status, answer.code) == (status, code)
    assert await log_in(browser, person, PASSWORD) == 200


async def test_a_forgotten_password_can_be_set_once(browser: Browser, person: Person, admin: Person) -> None:
    answer = await admin.expect(200, "POST", FORGOT, {"email": person.user["email"].upper()})
    assert answer["expires_in_seconds"] == 3600
    assert {"message", "token", "note"} <= answer.keys()
    reset = {"token": answer["token"], "new_password": NEW}
    assert "message" in await browser.expect(200, "POST", RESET, reset)
    assert (await person.get("/api/users/@me")).code == "session_ended"
    assert await log_in(browser, person, PASSWORD) == 401
    assert await log_in(browser, person, NEW) == 200
    again = await browser.post(RESET, reset)
    assert (again.status, again.code) == (401, "wrong_reset_token")


async def test_a_newer_token_replaces_the_older(browser: Browser, person: Person, admin: Person) -> None:
    body = {"email": person.user["email"]}
    older = await admin.expect(200, "POST", FORGOT, body)
    newer = await admin.expect(200, "POST", FORGOT, body)
    answer = await browser.post(RESET, {"token": older["token"], "new_password": NEW})
    assert answer.code == "wrong_reset_token"
    await browser.expect(200, "POST", RESET, {"token": newer["token"], "new_password": NEW})


async def test_a_token_from_before_a_change_sets_nothing(browser: Browser, person: Person, admin: Person) -> None:
    """A user whose password may be known changes it to shut everyone else out."""
    token = (await admin.expect(200, "POST", FORGOT, {"email": person.user["email"]}))["token"]
    await person.expect(204, "POST", CHANGE, {"current_password": PASSWORD, "new_password": NEW})
    answer = await browser.post(RESET, {"token": token, "new_password": PASSWORD})
    assert (answer.status, answer.code) == (401, "wrong_reset_token")
    assert await log_in(browser, person, NEW) == 200


async def test_an_expired_token_sets_nothing(
    browser: Browser, person: Person, admin: Person, rows: OwnConnection
) -> None:
    answer = await admin.expect(200, "POST", FORGOT, {"email": person.user["email"]})
    await rows.execute("UPDATE password_resets SET expires_at = now() WHERE user_id = $1", person.id)
    refused = await browser.post(RESET, {"token": answer["token"], "new_password": NEW})
    assert (refused.status, refused.code) == (401, "wrong_reset_token")
    assert await log_in(browser, person, PASSWORD) == 200


async def test_a_reset_that_is_refused_keeps_the_token(browser: Browser, person: Person, admin: Person) -> None:
    answer = await admin.expect(200, "POST", FORGOT, {"email": person.user["email"]})
    refused = await browser.post(RESET, {"token": answer["token"], "new_password": "short"})
    assert (refused.status, list(refused.body["fields"])) == (400, ["new_password"])
    await browser.expect(200, "POST", RESET, {"token": answer["token"], "new_password": NEW})


@pytest.mark.parametrize("token", ["unknown", "\0", "\N{SNOWMAN}"])
async def test_an_unknown_token_sets_nothing(browser: Browser, token: str) -> None:
    answer = await browser.post(RESET, {"token": token, "new_password": NEW})
    assert (answer.status, answer.code) == (401, "wrong_reset_token")


async def test_only_administrators_hand_out_tokens(person: Person, browser: Browser) -> None:
    answer = await person.post(FORGOT, {"email": person.user["email"]})
    assert (answer.status, answer.code) == (403, "admins_only")
    unknown = await person.post(FORGOT, {"email": "nobody@example.org"})
    assert (unknown.status, unknown.body) == (answer.status, answer.body)
    assert (await browser.post(FORGOT, {"email": person.user["email"]})).status == 401


async def test_a_token_needs_an_account(admin: Person) -> None:
    answer = await admin.post(FORGOT, {"email": "nobody@example.org"})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_bad_address_is_found_before_the_asker_is_judged(person: Person, admin: Person) -> None:
    for asking in (person, admin):
        answer = await asking.post(FORGOT, {"email": "nobody"})
        assert (answer.status, answer.code) == (400, "invalid")
        assert list(answer.body["fields"]) == ["email"]
