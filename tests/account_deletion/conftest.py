"""An instance of the test's own, and users who want to leave it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from coterie.account_deletion.actions import delete_due
from coterie.database.connection import Database
from tests.people import PASSWORD, Answer, Browser, Person
from tests.serving import LiveServer, serving, settings_for

PATH: Final = "/api/users/@me/deletion"


@dataclass(frozen=True, slots=True)
class Place:
    """An administrator, who owns a server with a channel, and a member of it who leaves."""

    admin: Person
    member: Person
    server: str
    channel: str
    pool: Database
    uploads: Path

    async def is_there(self) -> bool:
        found: bool = await self.pool.fetchval("SELECT EXISTS (SELECT FROM users WHERE id = $1)", self.member.id)
        return found

    async def is_gone(self) -> bool:
        return not await self.is_there()

    async def let_time_pass(self, person: Person | None = None) -> None:
        """The waiting period of a user is over, and what deletes accounts looks."""
        id = (person or self.member).id
        await self.pool.execute("UPDATE users SET deletion_due_at = now() - interval '1 second' WHERE id = $1", id)
        await delete_due(self.pool)

    async def newcomer(self, name: str = "person") -> Person:
        return await Person.register(Browser(self.admin.url, self.admin.http), name)


async def ask(person: Person, **fields: Any) -> Answer:
    """Ask for the deletion of the account, with the right password."""
    return await person.post(PATH, {"current_password": PASSWORD, **fields})


async def asked(person: Person, **fields: Any) -> dict[str, Any]:
    """The same, which must be accepted."""
    answer = await ask(person, **fields)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


async def events(person: Person) -> list[str]:
    """The types of the security events of a user, the newest first."""
    found = await person.expect(200, "GET", "/api/users/@me/security-events")
    return [each["type"] for each in found]


@pytest.fixture
async def instance(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveServer]:
    """It removes files quickly."""
    monkeypatch.setattr("coterie.services.running.SWEEP_SECONDS", 0.2)
    async with serving(settings_for(database_url, UPLOAD_DIR=str(tmp_path))) as server:
        yield server


@pytest.fixture
async def place(instance: LiveServer, http: aiohttp.ClientSession, pool: Database, tmp_path: Path) -> Place:
    browser = Browser(instance.url, http)
    admin, member = await Person.register(browser, "admin"), await Person.register(browser, "member")
    server = (await admin.expect(201, "POST", "/api/servers", {"name": "Den", "is_public": True}))["id"]
    made = await admin.expect(201, "POST", f"/api/servers/{server}/channels", {"name": "talk", "type": "text"})
    await member.expect(201, "POST", f"/api/servers/{server}/join")
    return Place(admin, member, server, made["id"], pool, tmp_path)
