"""POST /api/auth/register"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.people import PASSWORD, Browser, Person
from tests.serving import Register, serving, settings_for
from tests.shapes import ERROR, LOGIN, assert_shape

PATH = "/api/auth/register"


def new_name() -> str:
    return f"n_{uuid4().hex[:20]}"


async def test_it_works(browser: Browser) -> None:
    name = new_name()
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    login = await browser.expect(201, "POST", PATH, body)
    assert_shape(login, LOGIN)
    assert login["user"]["username"] == name
    assert login["user"]["email"] == f"{name}@example.org"
    assert not {"password", "password_hash"} & login["user"].keys()
    account = await Person(browser, login).expect(200, "GET", "/api/users/@me")
    assert Person(browser, login).user == account
    assert await Person(browser, login).expect(200, "GET", "/api/servers") == []


async def test_an_email_address_is_not_needed(browser: Browser) -> None:
    login = await browser.expect(201, "POST", PATH, {"username": new_name(), "password": PASSWORD})
    assert login["user"]["email"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a"),
        ("username", "a" * 33),
        ("username", ""),
        ("username", "with space"),
        ("username", "dotted.name"),
        ("username", "M\N{LATIN SMALL LETTER U WITH DIAERESIS}ller"),
        ("username", "trailing\n"),
        ("username", "nul\0"),
        ("password", "seven_7"),
        ("password", "x" * 129),
        ("email", "nobody"),
        ("email", "a@b@c.org"),
        ("email", "someone@example.org\n"),
        ("email", f"{'x' * 250}@example.org"),
        ("invite_code", "x" * 65),
    ],
)
async def test_a_value_out_of_bounds_is_named(browser: Browser, field: str, value: str) -> None:
    answer = await browser.post(PATH, {"username": new_name(), "password": PASSWORD, field: value})
    assert (answer.status, answer.code) == (400, "invalid")
    assert_shape(answer.body, ERROR)
    assert list(answer.body["fields"]) == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": PASSWORD}, "username"),
        ({"username": "nobody"}, "password"),
        ({"username": 5, "password": PASSWORD}, "username"),
        ({"username": None, "password": PASSWORD}, "username"),
        ({"username": "nobody", "password": PASSWORD, "email": ["a@b.org"]}, "email"),
    ],
)
async def test_a_wrong_shape_is_named(browser: Browser, body: Any, field: str) -> None:
    answer = await browser.post(PATH, body)
    assert (answer.status, answer.code) == (422, "unprocessable")
    assert list(answer.body["fields"]) == [field]


async def test_bounds_are_inclusive_and_count_characters(browser: Browser) -> None:
    for length, password in [(2, "\N{SNOWMAN}" * 8), (32, "\N{SNOWMAN}" * 128)]:
        name = uuid4().hex[:length]
        while (answer := await browser.post(PATH, {"username": name, "password": password})).status == 409:
            name = uuid4().hex[:length]
        assert answer.status == 201
        await browser.expect(200, "POST", "/api/auth/login", {"username": name, "password": password})


async def test_a_password_counts_to_its_last_character(browser: Browser) -> None:
    name, password = new_name(), "x" * 127 + "y"
    await browser.expect(201, "POST", PATH, {"username": name, "password": password})
    answer = await browser.post("/api/auth/login", {"username": name, "password": "x" * 128})
    assert answer.status == 401


async def test_names_and_addresses_are_unique_without_regard_to_case(browser: Browser) -> None:
    name = new_name()
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    await browser.expect(201, "POST", PATH, body)
    answer = await browser.post(PATH, {"username": name.upper(), "password": PASSWORD})
    assert (answer.status, answer.code) == (409, "username_taken")
    body = {"username": new_name(), "email": f"{name.upper()}@Example.ORG", "password": PASSWORD}
    answer = await browser.post(PATH, body)
    assert (answer.status, answer.code) == (409, "email_taken")


async def test_of_two_who_take_a_name_at_once_one_gets_it(browser: Browser) -> None:
    body = {"username": new_name(), "password": PASSWORD}
    answers = await asyncio.gather(*(browser.post(PATH, body) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]


async def test_a_later_account_is_no_administrator(register: Register) -> None:
    await register()
    assert (await register()).user["is_admin"] is False


async def test_of_twenty_first_registrations_at_once_one_is_administrator(database_url: str, browser: Browser) -> None:
    async with serving(settings_for(database_url)) as server:
        fresh = Browser(server.url, browser.http)
        people = await asyncio.gather(*(Person.register(fresh) for _ in range(20)))
        assert sorted(person.user["is_admin"] for person in people) == [False] * 19 + [True]
        late = await Person.register(fresh)
        assert late.user["is_admin"] is False
