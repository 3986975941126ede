"""Two actions on one account at once: the second is let through in the middle of the first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from coterie.accounts.passwords import Passwords
from coterie.database.pool import OwnConnection
from coterie.servers.actions import remove_member
from tests.patience import PATIENCE
from tests.people import PASSWORD, Community, Person
from tests.serving import Register


async def until_waiting(rows: OwnConnection, count: int = 1, unless: asyncio.Task[Any] | None = None) -> None:
    """Until this number of the server's connections wait for a lock, or a task is done."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(PATIENCE):
        while not (unless and unless.done()) and await rows.fetchval(waiting) < count:
            await asyncio.sleep(0.005)
            await rows.execute("SELECT pg_stat_clear_snapshot()")


@asynccontextmanager
async def between(rows: OwnConnection, person: Person, statement: str, *values: object) -> AsyncIterator[None]:
    """Change an account once what was started within waits for it."""
    async with rows.transaction():
        await rows.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", UUID(person.id))
        yield
        await until_waiting(rows)
        await rows.execute(statement, UUID(person.id), *values)


async def test_a_member_removed_while_their_profile_changes_does_not_come_back(
    community: Community, rows: OwnConnection
) -> None:
    """All permissions follow the log: a late change of a member would let them in again."""
    server, member = UUID(community.server), UUID(community.member.id)
    await community.member.send(community.channel, "before")
    async with rows.transaction():
        await remove_member(rows, server, member)
        change = community.member.expect(200, "PATCH", "/api/users/@me", {"display_name": "Back Again"})
        changing = asyncio.create_task(change)
        await until_waiting(rows)
    await changing
    newest = "SELECT is_removal FROM changes WHERE topic_id = $1 AND key = $2"
    assert await rows.fetchval(newest, server, f"members/{member}") is True
    assert (await community.member.get(f"/api/channels/{community.channel}/messages")).status == 404
    sent = await community.member.post(f"/api/channels/{community.channel}/messages", {"content": "after"})
    assert sent.status == 404


async def test_a_server_that_is_joined_while_a_profile_changes_learns_of_it(
    community: Community, register: Register, rows: OwnConnection
) -> None:
    other = (await community.owner.expect(201, "POST", "/api/servers", {"name": "Other", "is_public": True}))["id"]
    newcomer = await register()  # older servers are locked before their account's topic
    await newcomer.expect(201, "POST", f"/api/servers/{community.server}/join")
    async with rows.transaction():
        await rows.execute("SELECT FROM topics WHERE id = $1 FOR UPDATE", UUID(community.server))
        change = newcomer.expect(200, "PATCH", "/api/users/@me", {"display_name": "Renamed"})
        changing = asyncio.create_task(change)
        await until_waiting(rows)
        joining = asyncio.create_task(newcomer.expect(201, "POST", f"/api/servers/{other}/join"))
        await until_waiting(rows, 2, unless=joining)
    await asyncio.gather(changing, joining)
    told = "SELECT data ->> 'display_name' FROM changes WHERE topic_id = $1 AND key = $2"
    assert await rows.fetchval(told, UUID(other), f"members/{newcomer.id}") == "Renamed"


async def test_a_password_changed_during_a_login_is_wrong_by_then(register: Register, rows: OwnConnection) -> None:
    """Otherwise a session would survive that the account's owner believes to have ended."""
    person = await register()
    passwords = Passwords()
    other = await passwords.hash("another password")
    passwords.close()
    async with between(rows, person, "UPDATE users SET password_hash = $2 WHERE id = $1", other):
        credentials = {"username": person.username, "password": PASSWORD}
        logging_in = asyncio.create_task(person.post("/api/auth/login", credentials))
    assert (await logging_in).code == "wrong_credentials"


async def test_what_was_asked_for_by_an_old_password_is_not_done_by_then(
    register: Register, rows: OwnConnection
) -> None:
    passwords = Passwords()
    other = await passwords.hash("another password")
    passwords.close()
    for path, body in (
        ("change-password", {"current_password": PASSWORD, "new_password": "a third password"}),
        ("change-email", {"current_password": PASSWORD, "email": "mine@example.org"}),
    ):
        person = await register()
        async with between(rows, person, "UPDATE users SET password_hash = $2 WHERE id = $1", other):
            asking = asyncio.create_task(person.post(f"/api/auth/{path}", body))
        assert (await asking).code == "wrong_password"
        account = await rows.fetchrow("SELECT password_hash, email FROM users WHERE id = $1", UUID(person.id))
        assert account is not None
        assert (account["password_hash"], account["email"]) == (other, None)
