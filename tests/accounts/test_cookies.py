"""The cookies that a login sets: out of reach for scripts and for other sites."""

from http.cookies import Morsel, SimpleCookie

import aiohttp
import pytest

from coterie.accounts.authentication import REFRESH_COOKIE, SESSION_COOKIE
from coterie.accounts.guesses import DEVICE_COOKIE
from coterie.accounts.tokens import ACCESS_SECONDS, REFRESH_SECONDS
from tests.people import PASSWORD, Browser, Person
from tests.serving import Register, serving, settings_for


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


async def test_they_are_secure_where_people_come_by_https(database_url: str, http: aiohttp.ClientSession) -> None:
    settings = settings_for(database_url, COTERIE_PUBLIC_URL="https://chat.example.org")
    async with serving(settings) as server:
        body = {"username": "somebody", "password": PASSWORD}
        cookies = await cookies_of(Browser(server.url, http), "/api/auth/register", body)
    assert attributes(cookies[SESSION_COOKIE]) == expected("/", ACCESS_SECONDS, secure=True)
    assert attributes(cookies[REFRESH_COOKIE]) == expected("/api/auth", REFRESH_SECONDS, secure=True)
