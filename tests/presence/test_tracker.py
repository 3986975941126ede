"""Who is connected, over several processes: each `Presence` here is one, on a real database and a real bus."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from coterie.database.connection import Connection, Database
from coterie.log.bus import PostgresBus
from coterie.presence import publishing, queries, status_lines
from coterie.presence.tracker import Presence, Rhythm
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from tests.log.world import person, until
from tests.patience import PATIENCE

QUICK = Rhythm(beat_seconds=0.05, dead_after=timedelta(minutes=10))
"""However slow the machine is, nobody is taken for dead: who dies is moved far into the past, see `die`."""


class Ear:
    """Receives what every process receives."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def receive(self, payload: str) -> None:
        self.heard.append(json.loads(payload))

    def on_disconnect(self) -> None: ...

    async def catch_up(self) -> None: ...

    async def look(self) -> None: ...

    def statuses(self, user: UUID) -> list[str]:
        """How a user appeared, in order."""
        return [each["data"]["status"] for each in self.told(user)]

    def told(self, user: UUID) -> list[dict[str, Any]]:
        """What was sent about a user."""
        return [each for each in self.heard if each.get("type") == "PRESENCE_UPDATE" and each["key"] == str(user)]


@asynccontextmanager
async def process(database: Database, url: str) -> AsyncIterator[tuple[Presence, Ear]]:
    """The presence of one server process."""

    async def connect() -> Any:
        return await asyncpg.connect(url)

    bus, ear = PostgresBus(database, connect), Ear()
    await bus.start(ear)
    presence = Presence(database, QUICK)
    await presence.start()
    try:
        yield presence, ear
    finally:
        await presence.stop()
        await bus.stop()


async def kill(presence: Presence) -> None:
    """End a process as `kill -9` would, without cleaning up. The others do not know it yet."""
    for task in presence._tasks:
        task.cancel()
    await asyncio.gather(*presence._tasks, return_exceptions=True)


async def die(presence: Presence) -> datetime:
    """Have the others find a killed process dead, as if its last beat were an hour ago; returns when that was."""
    beaten: datetime = await presence._database.fetchval(
        "UPDATE processes SET seen_at = seen_at - interval '1 hour' WHERE id = $1 RETURNING seen_at", presence.process
    )
    return beaten


async def places(pool: Connection, user: UUID, count: int) -> None:
    """Until a user is connected to this number of processes."""
    async with asyncio.timeout(PATIENCE):
        while await pool.fetchval("SELECT count(*) FROM presences WHERE user_id = $1", user) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def somebody(database: Database, servers_count: int = 1) -> UUID:
    someone = await person(database, "somebody")
    for number in range(servers_count):
        await servers.create(database, someone.user_id, ServerCreation(name=f"Club {number}"))
    return someone.user_id


async def test_people_are_online_while_any_process_holds_them(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (first, ear):
        async with process(pool, database_url) as (second, _):
            first.arrive(user)
            await until(lambda: ear.statuses(user) == ["online"])
            second.arrive(user)
            await places(pool, user, 2)
            first.depart(user)
            await places(pool, user, 1)
        await until(lambda: ear.statuses(user)[1:] == ["offline"])  # and nothing between: they were there all the time


async def test_the_goodbyes_of_a_process_that_stops_are_sent(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (_, ear):
        async with process(pool, database_url) as (ending, _):
            ending.arrive(user)
            await until(lambda: ear.statuses(user) == ["online"])
        await until(lambda: ear.statuses(user) == ["online", "offline"])


async def test_a_killed_process_takes_its_people_along(pool: Database, database_url: str) -> None:
    """It dies without cleaning up; its users were last seen when it was."""
    user = await somebody(pool)
    async with process(pool, database_url) as (_, ear):
        killed = Presence(pool, QUICK)
        await killed.start()
        killed.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"])
        await kill(killed)
        beaten = await die(killed)
        await until(lambda: ear.statuses(user) == ["online", "offline"])
    seen = (await queries.seen_by(pool, user, [user]))[user]
    assert (seen.is_online, seen.status, seen.last_seen) == (False, "offline", beaten)


async def test_a_user_who_moved_from_a_killed_process_to_another_stays(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (presence, ear):
        killed = Presence(pool, QUICK)
        await killed.start()
        killed.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"])
        await kill(killed)
        presence.arrive(user)
        await places(pool, user, 2)
        await die(killed)
        await places(pool, user, 1)
        assert ear.statuses(user) == ["online"]
        assert (await queries.seen_by(pool, user, [user]))[user].is_online


async def test_a_process_taken_for_dead_by_mistake_brings_its_people_back(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"])
        while "offline" not in ear.statuses(user):  # until it is found dead before its next beat
            await die(presence)
            await presence._remove_dead()
            await asyncio.sleep(0.01)
        await until(lambda: ear.statuses(user)[-1] == "online")
        assert ear.statuses(user)[:3] == ["online", "offline", "online"]


async def test_people_in_very_many_servers_are_announced_too(pool: Database, database_url: str) -> None:
    user = await somebody(pool, servers_count=servers.MEMBERSHIP_LIMIT)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"])
        [audience] = [each["audience"] for each in ear.told(user)]
        assert len(audience) == len(set(audience)) == servers.MEMBERSHIP_LIMIT + 1, "the last are the friends"


async def test_a_crowd_that_comes_and_goes_ends_where_it_is(pool: Database, database_url: str) -> None:
    users = await asyncio.gather(*(somebody(pool) for _ in range(10)))
    async with process(pool, database_url) as (presence, ear):
        for _ in range(20):
            for user in users:
                presence.arrive(user)
            await asyncio.sleep(0)
            for user in users[:5]:
                presence.depart(user)
            for user in users[5:]:
                presence.arrive(user)
                presence.depart(user)
        for user in users[:5]:
            await places(pool, user, 0)
        await until(lambda: {tuple(ear.statuses(user)[-1:]) for user in users[:5]} <= {(), ("offline",)})
        await until(lambda: {tuple(ear.statuses(user)[-1:]) for user in users[5:]} == {("online",)})


async def test_no_error_ends_the_announcements_or_the_beat(
    pool: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen error is logged; without beats everyone here would be considered offline."""
    failures = {"publish": 0, "sweep": 0}

    def failing(name: str, work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def fail_twice(*values: Any) -> None:
            failures[name] += 1
            if failures[name] <= 2:
                raise RuntimeError("nobody thought of this")
            await work(*values)

        return fail_twice

    monkeypatch.setattr("coterie.presence.tracker.RETRY_SECONDS", 0.01)
    user = await somebody(pool)
    async with process(pool, database_url) as (here, ear):
        monkeypatch.setattr("coterie.presence.tracker.publish", failing("publish", publishing.publish))
        monkeypatch.setattr("coterie.presence.status_lines.sweep", failing("sweep", status_lines.sweep))
        here.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"] and failures["sweep"] > 2)
    assert failures["publish"] > 2
