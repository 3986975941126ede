"""What administrators of the instance can do to other accounts, and that nobody does it unseen."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from coterie.process.refusals import Exit
from tests.commands.test_commands import refused, succeed
from tests.people import PASSWORD, Browser, Person
from tests.serving import LiveServer, serving, settings_for

FORGOT = "/api/auth/forgot-password"
EVENTS = "/api/users/@me/security-events"
NEW = "another good one"


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[LiveServer]:
    async with serving(settings_for(database_url)) as server:
        yield server


@pytest.fixture
async def admin(server: LiveServer, http: aiohttp.ClientSession) -> Person:
    return await Person.register(Browser(server.url, http), "admin")


async def with_address(admin: Person) -> Person:
    person = await Person.register(Browser(admin.url, admin.http))
    change = {"current_password": PASSWORD, "email": f"{person.username}@example.org"}
    await person.expect(200, "POST", "/api/auth/change-email", change)
    return person


async def test_the_owner_sees_who_reset_their_password(admin: Person) -> None:
    person = await with_address(admin)
    made = await admin.expect(200, "POST", FORGOT, {"email": f"{person.username}@example.org"})
    browser = Browser(admin.url, admin.http)
    await browser.expect(200, "POST", "/api/auth/reset-password", {"token": made["token"], "new_password": NEW})
    login = await browser.expect(200, "POST", "/api/auth/login", {"username": person.username, "password": NEW})
    events = await Person(browser, login).expect(200, "GET", EVENTS)
    assert [each["type"] for each in events[:4]] == [
        "auth.login",
        "auth.reset_used",
        "auth.sessions_ended",
        "auth.reset_created",
    ]
    created = events[3]
    assert (created["actor_id"], created["actor_username"], created["address"]) == (admin.id, admin.username, "")
    assert made["token"] not in str(events)


async def test_no_administrator_resets_another(admin: Person, database_url: str) -> None:
    other = await with_address(admin)
    await asyncio.to_thread(succeed, "user", "promote", other.username, url=database_url)
    body = {"email": f"{other.username}@example.org"}
    answer = await admin.post(FORGOT, body)
    assert (answer.status, answer.code) == (403, "admin_protected")
    await asyncio.to_thread(succeed, "user", "demote", other.username, url=database_url)
    await admin.expect(200, "POST", FORGOT, body)


async def test_a_promotion_ends_older_reset_links(admin: Person, database_url: str) -> None:
    other = await with_address(admin)
    made = await admin.expect(200, "POST", FORGOT, {"email": f"{other.username}@example.org"})
    await asyncio.to_thread(succeed, "user", "promote", other.username, url=database_url)
    body = {"token": made["token"], "new_password": NEW}
    assert (await admin.post("/api/auth/reset-password", body)).code == "wrong_reset_token"


async def test_a_demoted_administrator_is_none_at_once(admin: Person, database_url: str) -> None:
    other = await Person.register(Browser(admin.url, admin.http))
    await asyncio.to_thread(succeed, "user", "promote", other.username, url=database_url)
    socket = await admin.socket()
    await admin.expect(200, "GET", "/api/admin/security-events")
    await asyncio.to_thread(succeed, "user", "demote", admin.username, url=database_url)
    await socket.wait_for(lambda frame: frame.get("t") == "USER_UPDATE" and not frame["d"]["is_admin"])
    assert (await admin.get("/api/admin/security-events")).code == "admins_only"
    await socket.close()


async def test_the_last_administrator_stays_one(admin: Person, database_url: str) -> None:
    words = ("user", "demote", admin.username)
    complaint = await asyncio.to_thread(refused, Exit.NOT_ALLOWED_HERE, *words, url=database_url)
    assert "last administrator" in complaint
    await admin.expect(200, "GET", "/api/admin/security-events")
    assert "is not an administrator" in await asyncio.to_thread(succeed, *words, "--force", url=database_url)
