"""The cookies that a login sets: out of reach for scripts and for other sites."""

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from coterie.accounts.guesses import DEVICE_COOKIE, DEVICE_SECONDS, Guess, Guesses
from coterie.accounts.refresh_tokens import PURPOSE
from coterie.accounts.tokens import ACCESS_SECONDS, token_hash
from coterie.http.credentials import REFRESH_COOKIE, SESSION_COOKIE
from coterie.settings.derived_keys import derived_key
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register, serving, settings_for

REFRESH_SECONDS = 7 * 24 * 3600


async def cookies_of(
    browser: Browser, path: str, body: object = None, headers: dict[str, str] | None = None
) -> dict[str, Morsel[str]]:
    """The cookies that a request is answered with."""
    caller = {"Authorization": f"Bearer {browser.token}"} if browser.token else {}
    async with browser.http.post(browser.url + path, json=body, headers={**caller, **(headers or {})}) as response:
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
    assert cookies.keys() == {f"__Host-{name}" for name in (SESSION_COOKIE, REFRESH_COOKIE, DEVICE_COOKIE)}
    assert attributes(cookies[f"__Host-{SESSION_COOKIE}"]) == expected("/", ACCESS_SECONDS, secure=True)
    assert attributes(cookies[f"__Host-{REFRESH_COOKIE}"]) == expected("/", REFRESH_SECONDS, secure=True)
    assert attributes(cookies[f"__Host-{DEVICE_COOKIE}"]) == expected("/", DEVICE_SECONDS, secure=True)


@pytest.mark.parametrize("prefix", ["", "__Secure-"])
async def test_those_that_another_host_of_the_domain_has_set_are_ignored(secure: Browser, prefix: str) -> None:
    """A page of `https://evil.example.org` can set every cookie for `example.org` but those named `__Host-`."""
    person = await Person.register(secure)
    access, refreshing = person.login["access_token"], person.login["refresh_token"]
    planted = {"Cookie": f"{prefix}{SESSION_COOKIE}={access}; {prefix}{REFRESH_COOKIE}={refreshing}"}
    assert (await secure.call("POST", "/api/auth/refresh", headers=planted)).status == 400
    assert (await secure.get("/sync/me", headers=planted)).status == 401
    own = {"Cookie": f"{planted['Cookie']}; __Host-{REFRESH_COOKIE}={refreshing}"}
    assert (await secure.call("POST", "/api/auth/refresh", headers=own)).status == 200


@pytest.mark.parametrize("name", [REFRESH_COOKIE, f"__Secure-{REFRESH_COOKIE}"])
async def test_a_refresh_token_of_the_version_before_is_read_under_its_name_once(secure: Browser, name: str) -> None:
    """The answer is a token in the present form, which counts only under the name that nobody else can set."""
    person = await Person.register(secure)
    session = UUID((await person.expect(200, "GET", "/api/auth/sessions"))[0]["id"])
    kept = {"Cookie": f"{name}={without_form(session, 0)}"}
    cookies = await cookies_of(secure, "/api/auth/refresh", headers=kept)
    following = cookies[f"__Host-{REFRESH_COOKIE}"].value
    assert (await secure.call("POST", "/api/auth/refresh", headers={"Cookie": f"{name}={following}"})).status == 400
    own = {"Cookie": f"{kept['Cookie']}; __Host-{REFRESH_COOKIE}={following}"}
    assert (await secure.call("POST", "/api/auth/refresh", headers=own)).status == 200


def without_form(session: UUID, generation: int) -> str:
    """A refresh token as the version before issued it."""
    named = f"{urlsafe_b64encode(session.bytes).decode().rstrip('=')}.{generation}"
    proof = hmac.digest(derived_key(settings_for("").jwt_secret, PURPOSE), named.encode(), "sha256")
    return f"{named}.{urlsafe_b64encode(proof).decode().rstrip('=')}"


async def test_the_mark_of_a_browser_is_read_under_its_former_name(
    secure: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await Person.register(secure)
    body = {"username": person.username, "password": PASSWORD}
    mark = (await cookies_of(secure, "/api/auth/login", body))[f"__Host-{DEVICE_COOKIE}"].value
    known: list[bool] = []
    monkeypatch.setattr(Guesses, "was_right", lambda _, guess: note(known, guess))
    for name in ("__Host-", "__Secure-", "other_"):
        await cookies_of(secure, "/api/auth/login", body, headers={"Cookie": f"{name}{DEVICE_COOKIE}={mark}"})
    assert known == [True, True, False]


async def note(known: list[bool], guess: Guess) -> None:
    known.append(guess.is_known)


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
