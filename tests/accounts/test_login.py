"""POST /api/auth/login"""

from typing import Any
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register
from tests.shapes import LOGIN, assert_shape

PATH = "/api/auth/login"


async def test_it_works(browser: Browser, register: Register) -> None:
    person = await register()
    login = await browser.expect(200, "POST", PATH, {"username": person.username, "password": PASSWORD})
    assert_shape(login, LOGIN)
    assert login["user"] == person.login["user"]
    assert login["refresh_token"] != person.login["refresh_token"]
    assert await Person(browser, login).expect(200, "GET", "/api/users/@me") == person.user


async def test_the_name_counts_in_any_case_and_so_does_the_address(browser: Browser) -> None:
    name = f"Mixed_{uuid4().hex[:8]}"
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    await browser.expect(201, "POST", "/api/auth/register", body)
    for login in (name.upper(), name.lower(), f"{name.upper()}@EXAMPLE.org", f" {name} "):
        found = await browser.expect(200, "POST", PATH, {"username": login, "password": PASSWORD})
        assert found["user"]["username"] == name


async def test_the_password_is_case_sensitive(browser: Browser, register: Register) -> None:
    person = await register()
    answer = await browser.post(PATH, {"username": person.username, "password": PASSWORD.upper()})
    assert (answer.status, answer.code) == (401, "wrong_credentials")


async def test_an_unknown_name_and_a_wrong_password_look_alike(browser: Browser, register: Register) -> None:
    person = await register()
    wrong = await browser.post(PATH, {"username": person.username, "password": "wrong password"})
    unknown = await browser.post(PATH, {"username": "nobody_at_all", "password": "wrong password"})
    assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)
    assert wrong.headers.keys() == unknown.headers.keys()
    assert "Set-Cookie" not in wrong.headers


async def test_a_disabled_account_learns_it_with_the_right_password_only(
    browser: Browser, register: Register, rows: OwnConnection
) -> None:
    person = await register()
    await rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", person.id)
    answer = await browser.post(PATH, {"username": person.username, "password": PASSWORD})
    assert (answer.status, answer.code) == (403, "account_disabled")
    assert "disabled" in answer.body["error"]
    answer = await browser.post(PATH, {"username": person.username, "password": "wrong password"})
    assert (answer.status, answer.code) == (401, "wrong_credentials")


async def test_an_account_without_a_password_cannot_log_in(
    browser: Browser, register: Register, rows: OwnConnection
) -> None:
    person = await register()
    await rows.execute("UPDATE users SET password_hash = NULL WHERE id = $1", person.id)
    answer = await browser.post(PATH, {"username": person.username, "password": "nobody has this password"})
    assert (answer.status, answer.code) == (401, "wrong_credentials")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"username": "", "password": "x"}, 400, "username"),
        ({"username": "x", "password": ""}, 400, "password"),
        ({"username": "x" * 255, "password": "x"}, 400, "username"),
        ({"username": "x", "password": "x" * 129}, 400, "password"),
        ({"username": "x"}, 422, "password"),
        ({"username": True, "password": "x"}, 422, "username"),
    ],
)
async def test_refusals(browser: Browser, body: Any, status: int, field: str) -> None:
    answer = await browser.post(PATH, body)
    assert answer.status == status
    assert list(answer.body["fields"]) == [field]


async def test_a_name_that_cannot_be_stored_is_no_error_of_ours(browser: Browser) -> None:
    answer = await browser.post(PATH, {"username": "nul\0", "password": "x"})
    assert (answer.status, answer.code) == (400, "invalid")
