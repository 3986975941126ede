"""The cookies that a login sets: out of reach for scripts and for other sites."""

import secrets
import time
from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from coterie.accounts.guesses import DEVICE_COOKIE
from coterie.accounts.tokens import ACCESS_SECONDS, token_hash
from coterie.http.credentials import REFRESH_COOKIE, SESSION_COOKIE
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register, serving, settings_for

REFRESH_SECONDS = 7 * 24 * 3600


async def cookies_of(browser: Browser, path: str, body: object = None) -> dict[str, Morsel[str]]:
    """The cookies that a request is answered with."""
    headers = {"Authorization": f"Bearer {browser.token}"} if browser.token else {}
    async with browser.http.post(browser.url + path, json=body, headers=headers) as response:
        assert response.status < 300, await response.text()
        set_by_server: SimpleCookie = SimpleCookie()
        for header in response.headers.getall("Set-Cookie", []):
            set_by_server.load(header)
        return dict(set_by_server)


def attributes(cookie: Morsel[str]) -> dict[str, object]:
    return {
        "path": cookie["path"],
        "max-age": int(cookie["max-age"]),
        "httponly": bool(cookie["httponly"]),
        "samesite": cookie["samesite"].lower(),
        "secure": bool(cookie["secure"]),
        "domain": cookie["domain"],
    }


def expected(path: str, seconds: int, *, secure: bool = False) -> dict[str, object]:
    return {
        "path": path,
        "max-age": seconds,
        "httponly": True,
        "samesite": "strict",
        "secure": secure,
        "domain": "",
    }


@pytest.mark.parametrize("way", ["register", "login", "refresh"])
async def test_it_works(browser: Browser, register: Register, way: str) -> None:
    person = await register()
    bodies = {
        "register": {"username": f"c_{person.username}"[:32], "password": PASSWORD},
        "login": {"username": person.username, "password": PASSWORD},
        "refresh": {"refresh_token": person.login["refresh_token"]},
    }
    cookies = await cookies_of(browser, f"/api/auth/{way}", bodies[way])
    mark = set() if way == "refresh" else {DEVICE_COOKIE}
    assert cookies.keys() == {SESSION_COOKIE, REFRESH_COOKIE} | mark
    assert attributes(cookies[SESSION_COOKIE]) == expected("/", ACCESS_SECONDS)
    assert attributes(cookies[REFRESH_COOKIE]) == expected("/api/auth", REFRESH_SECONDS)
    named = Person(browser, {**person.login, "access_token": cookies[SESSION_COOKIE].value})
    await named.expect(200, "GET", "/api/users/@me")
    await browser.expect(200, "POST", "/api/auth/refresh", {"refresh_token": cookies[REFRESH_COOKIE].value})


async def test_logging_out_takes_them_away(register: Register) -> None:
    cookies = await cookies_of(await register(), "/api/auth/logout")
    assert attributes(cookies[SESSION_COOKIE]) == expected("/", 0)
    assert attributes(cookies[REFRESH_COOKIE]) == expected("/api/auth", 0)
    assert {cookie.value for cookie in cookies.values()} == {""}


async def test_nothing_else_sets_any(register: Register) -> None:
    person = await register()
    assert await cookies_of(person, "/api/servers", {"name": "Club"}) == {}


@pytest.fixture
async def secure(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    """A stranger to a server that people come to by https."""
    settings = settings_for(database_url, COTERIE_PUBLIC_URL="https://chat.example.org")
    async with serving(settings) as server:
        yield Browser(server.url, http)


async def test_they_are_secure_where_people_come_by_https(secure: Browser) -> None:
    cookies = await cookies_of(secure, "/api/auth/register", {"username": "somebody", "password": PASSWORD})
    assert cookies.keys() == {f"__Host-{SESSION_COOKIE}", f"__Secure-{REFRESH_COOKIE}", f"__Secure-{DEVICE_COOKIE}"}
    assert attributes(cookies[f"__Host-{SESSION_COOKIE}"]) == expected("/", ACCESS_SECONDS, secure=True)
    assert attributes(cookies[f"__Secure-{REFRESH_COOKIE}"]) == expected("/api/auth", REFRESH_SECONDS, secure=True)


async def test_those_that_another_host_of_the_domain_has_set_are_ignored(secure: Browser) -> None:
    """A page of `evil.example.org` can set `coterie_refresh` for `example.org`, but no cookie with a prefix."""
    person = await Person.register(secure)
    access, refreshing = person.login["access_token"], person.login["refresh_token"]
    planted = {"Cookie": f"{SESSION_COOKIE}={access}; {REFRESH_COOKIE}={refreshing}"}
    assert (await secure.call("POST", "/api/auth/refresh", headers=planted)).status == 400
    assert (await secure.get("/sync/me", headers=planted)).status == 401
    own = {"Cookie": f"__Host-{SESSION_COOKIE}={access}; __Secure-{REFRESH_COOKIE}={refreshing}"}
    assert (await secure.call("POST", "/api/auth/refresh", headers=own)).status == 200


async def test_those_of_the_version_before_still_count(secure: Browser, database_url: str) -> None:
    person, token = await Person.register(secure), secrets.token_urlsafe(32)
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE sessions SET refresh_hash = $1", token_hash(token))
    session = await connection.fetchval("SELECT id FROM sessions")
    await connection.close()
    claims = {"sub": person.id, "sid": str(session), "token_type": "access", "exp": int(time.time()) + 900}
    access = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(settings_for(database_url).jwt_secret))
    kept = {"Cookie": f"{SESSION_COOKIE}={access}; {REFRESH_COOKIE}={token}"}
    assert (await secure.get("/sync/me", headers=kept)).status == 200
    assert (await secure.call("POST", "/api/auth/refresh", headers=kept)).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Origin": "https://elsewhere.example"}, 400),
    ],
)
async def test_only_a_page_of_this_origin_refreshes_by_cookie(
    register: Register, browser: Browser, headers: dict[str, str], status: int
) -> None:
    cookie = {"Cookie": f"{REFRESH_COOKIE}={(await register()).login['refresh_token']}"}
    answer = await browser.call("POST", "/api/auth/refresh", headers={**cookie, **headers})
    assert answer.status == status, answer.body


async def log_in(person: Person, headers: dict[str, str] | None = None, **fields: object) -> dict[str, Any]:
    body = {"username": person.username, "password": PASSWORD, **fields}
    answer = await Browser(person.url, person.http).post("/api/auth/login", body, headers=headers or {})
    assert answer.status == 200, answer.body
    login: dict[str, Any] = answer.body
    return login


async def test_a_page_that_uses_cookies_gets_the_access_token_only(register: Register, browser: Browser) -> None:
    person = await register()
    login = await log_in(person, cookies=True, lasting=True)
    assert (login["refresh_token"], login["token"]) == (None, None)
    body = {"username": f"c_{uuid4().hex[:20]}", "password": PASSWORD, "cookies": True}
    assert (await browser.expect(201, "POST", "/api/auth/register", body))["refresh_token"] is None
    cookies = await cookies_of(browser, "/api/auth/login", body)
    assert cookies[REFRESH_COOKIE].value


@pytest.mark.parametrize("header", ["Sec-Fetch-Site", "Origin"])
async def test_no_page_gets_a_token_of_thirty_days(register: Register, header: str) -> None:
    login = await log_in(await register(), headers={header: "same-origin"}, lasting=True)
    assert login["token"] is None
    assert login["refresh_token"], "older clients keep it in the page's storage"


async def test_a_token_of_thirty_days_is_for_programs_that_need_it(register: Register) -> None:
    """The messenger's clients cannot ask; others do, or refresh."""
    person = await register()
    assert person.login["token"] is None
    assert (await log_in(person))["token"]
    assert (await log_in(person, lasting=False))["token"] is None
    assert (await person.expect(200, "POST", "/api/auth/refresh", {"refresh_token": person.login["refresh_token"]}))[
        "token"
    ] is None


async def test_the_list_says_which_logins_have_one(register: Register) -> None:
    person = await register()
    lasting = await log_in(person)
    newest, oldest = await person.expect(200, "GET", "/api/auth/sessions")
    assert (newest["is_lasting"], oldest["is_lasting"]) == (True, False)
    await person.expect(204, "DELETE", f"/api/auth/sessions/{newest['id']}")
    assert (await Browser(person.url, person.http, lasting["token"]).get("/api/auth/me")).status == 401
    await person.expect(200, "GET", "/api/auth/me")
