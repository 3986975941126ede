"""GET /api/instance/registration-mode, and what each mode means for registering."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.people import PASSWORD, Answer, Browser, Person
from tests.serving import serving, settings_for

CODE = "aBcDeF12"


class Instance:
    """A server of the test's own, whose mode is set as an administrator would."""

    def __init__(self, browser: Browser, founder: Person, rows: OwnConnection) -> None:
        self.browser = browser
        self.founder = founder
        self.rows = rows

    async def set_mode(self, mode: str) -> None:
        await self.rows.execute(
            "INSERT INTO instance_settings (registration_mode) VALUES ($1) "
            "ON CONFLICT (id) DO UPDATE SET registration_mode = $1",
            mode,
        )

    async def invite(self, *, max_uses: int | None = None, lifetime: timedelta | None = None) -> None:
        server = await self.founder.expect(201, "POST", "/api/servers", {"name": "Club"})
        await self.rows.execute(
            "INSERT INTO server_invites (id, server_id, code, max_uses, expires_at, created_at) "
            "VALUES (gen_random_uuid(), $1, $2, $3, now() + $4::interval, now())",
            server["id"],
            CODE,
            max_uses,
            lifetime,
        )

    async def register(self, name: str, **fields: Any) -> Answer:
        body = {"username": name, "password": PASSWORD, **fields}
        return await self.browser.post("/api/auth/register", body)

    async def people(self) -> int:
        count: int = await self.rows.fetchval("SELECT count(*) FROM users")
        return count


@pytest.fixture
async def instance(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Instance]:
    rows = await asyncpg.connect(database_url)
    async with serving(settings_for(database_url)) as server:
        browser = Browser(server.url, http)
        yield Instance(browser, await Person.register(browser, "founder"), rows)
    await rows.close()


async def test_it_works(browser: Browser) -> None:
    assert await browser.expect(200, "GET", "/api/instance/registration-mode") == {"registration_mode": "open"}


async def test_closed_means_closed(instance: Instance) -> None:
    await instance.set_mode("closed")
    await instance.invite()
    mode = await instance.browser.expect(200, "GET", "/api/instance/registration-mode")
    assert mode == {"registration_mode": "closed"}
    answer = await instance.register("latecomer", invite_code=CODE)
    assert (answer.status, answer.code) == (403, "registration_closed")
    assert "closed" in answer.body["error"]
    assert await instance.people() == 1


async def test_the_first_account_can_be_made_in_any_mode(database_url: str, http: aiohttp.ClientSession) -> None:
    rows = await asyncpg.connect(database_url)
    await rows.execute("INSERT INTO instance_settings (registration_mode) VALUES ('closed')")
    async with serving(settings_for(database_url)) as server:
        assert (await Person.register(Browser(server.url, http))).user["is_admin"] is True
    await rows.close()


@pytest.mark.parametrize("code", [None, "", "unknown1", CODE.lower()])
async def test_invite_only_needs_a_live_invite(instance: Instance, code: str | None) -> None:
    await instance.set_mode("invite_only")
    await instance.invite()
    answer = await instance.register("guest", invite_code=code)
    assert (answer.status, answer.code) == (400, "invite_required")
    assert await instance.people() == 1


async def test_an_invite_lets_in_and_is_counted_but_joins_nothing(instance: Instance) -> None:
    await instance.set_mode("invite_only")
    await instance.invite(max_uses=1)
    answer = await instance.register("guest", invite_code=CODE)
    assert answer.status == 201
    assert await instance.rows.fetchval("SELECT uses FROM server_invites") == 1
    assert await Person(instance.browser, answer.body).expect(200, "GET", "/api/servers") == []
    answer = await instance.register("second", invite_code=CODE)
    assert (answer.status, answer.code) == (400, "invite_required")


async def test_who_registers_by_an_invite_of_one_use_can_join_by_it(instance: Instance) -> None:
    """The use was counted when they registered; it is theirs, once."""
    await instance.set_mode("invite_only")
    await instance.invite(max_uses=1)
    guest = Person(instance.browser, (await instance.register("guest", invite_code=CODE)).body)
    assert (await guest.get(f"/api/invites/{CODE}")).body["server_name"] == "Club"
    assert (await instance.founder.get(f"/api/invites/{CODE}")).status == 404
    joined = await guest.expect(201, "POST", f"/api/invites/{CODE}/accept")
    assert await instance.rows.fetchval("SELECT uses FROM server_invites") == 1
    await guest.expect(204, "DELETE", f"/api/servers/{joined['server_id']}/leave")
    assert (await guest.get(f"/api/invites/{CODE}")).status == 404
    assert (await guest.post(f"/api/invites/{CODE}/accept")).code == "invite_ended"


async def test_an_expired_invite_lets_nobody_in(instance: Instance) -> None:
    await instance.set_mode("invite_only")
    await instance.invite(lifetime=timedelta(seconds=-1))
    assert (await instance.register("guest", invite_code=CODE)).code == "invite_required"


async def test_a_registration_that_fails_uses_no_invite(instance: Instance) -> None:
    await instance.set_mode("invite_only")
    await instance.invite(max_uses=1)
    assert (await instance.register(instance.founder.username, invite_code=CODE)).code == "username_taken"
    assert await instance.rows.fetchval("SELECT uses FROM server_invites") == 0


async def test_an_invite_is_not_used_more_often_than_it_may(instance: Instance) -> None:
    await instance.set_mode("invite_only")
    await instance.invite(max_uses=3)
    answers = await asyncio.gather(*(instance.register(f"guest{n}", invite_code=CODE) for n in range(8)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [400] * 5
    assert await instance.people() == 4
