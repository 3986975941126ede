"""Who is connected, over several processes: each `Presence` here is one, on a real database and a real bus."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from coterie.database.connection import Database
from coterie.identifiers import new_id
from coterie.log.bus import PostgresBus
from coterie.presence import queries
from coterie.presence.tracker import Presence, Rhythm
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from tests.log.world import person, until

QUICK = Rhythm(beat_seconds=0.05, dead_after=timedelta(seconds=0.4))


class Ear:
    """Hears what every process hears."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    def receive(self, payload: str) -> None:
        self.heard.append(json.loads(payload))

    def lose(self) -> None: ...

    async def catch_up(self) -> None: ...

    async def look(self) -> None: ...

    def statuses(self, user: UUID) -> list[str]:
        """How somebody appeared, one after the other."""
        return [each["data"]["status"] for each in self.heard if each.get("key") == str(user)]


@asynccontextmanager
async def process(database: Database, url: str) -> AsyncIterator[tuple[Presence, Ear]]:
    """The presence of one server process."""

    async def connect() -> Any:
        return await asyncpg.connect(url)

    bus, ear = PostgresBus(database, connect), Ear()
    await bus.start(ear)
    presence = Presence(database, bus, QUICK)
    await presence.start()
    try:
        yield presence, ear
    finally:
        await presence.stop()
        await bus.stop()


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
            await until(lambda: len(ear.statuses(user)) == 2)
            first.depart(user)
            await until(lambda: len(ear.statuses(user)) == 3)
            assert ear.statuses(user)[-1] == "online", "still connected to the other process"
        await until(lambda: ear.statuses(user)[-1] == "offline")


async def test_the_goodbyes_of_a_process_that_stops_are_sent(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (_, ear):
        async with process(pool, database_url) as (ending, _):
            ending.arrive(user)
            await until(lambda: ear.statuses(user) == ["online"])
        await until(lambda: ear.statuses(user) == ["online", "offline"])


async def test_a_killed_process_takes_its_people_along(pool: Database, database_url: str) -> None:
    """It is in the database, and never beats again."""
    user, killed = await somebody(pool), new_id()
    await queries.beat(pool, killed, datetime.now(UTC))
    await queries.record(pool, killed, [user], [])
    assert (await queries.appearances(pool, [user]))[0].status == "online"
    async with process(pool, database_url) as (_, ear):
        await until(lambda: ear.statuses(user) == ["offline"])
    assert (await queries.appearances(pool, [user]))[0].status == "offline"


async def test_a_process_taken_for_dead_by_mistake_brings_its_people_back(pool: Database, database_url: str) -> None:
    user = await somebody(pool)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await until(lambda: ear.statuses(user) == ["online"])
        await queries.bury(pool, datetime.now(UTC) + timedelta(hours=1))
        assert (await queries.appearances(pool, [user]))[0].status == "offline"
        await until(lambda: len(ear.statuses(user)) > 1)
        assert ear.statuses(user)[-1] == "online", "and everybody is told"


async def test_people_in_very_many_servers_are_announced_too(pool: Database, database_url: str) -> None:
    user = await somebody(pool, servers_count=servers.MEMBERSHIP_LIMIT)
    async with process(pool, database_url) as (presence, ear):
        presence.arrive(user)
        await until(lambda: len(ear.statuses(user)) == 2)
        audiences = [each["audience"] for each in ear.heard if each.get("key") == str(user)]
        assert sum(len(audience) for audience in audiences) == servers.MEMBERSHIP_LIMIT
        assert len({server for audience in audiences for server in audience}) == servers.MEMBERSHIP_LIMIT


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
        await until(lambda: all(ear.statuses(user)[-1:] == ["online"] for user in users[5:]))
        await until(lambda: all(ear.statuses(user)[-1:] == ["offline"] for user in users[:5]))
