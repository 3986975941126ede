"""Which process holds which voice state: each `Process` has a real database and a real bus, and beats quickly."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from coterie import errors
from coterie.channels import actions as channels
from coterie.channels.models import ChannelCreation
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.bus import PostgresBus
from coterie.log.event import Event
from coterie.log.hub import Hub
from coterie.log.read import Log
from coterie.presence.tracker import Presence
from coterie.presence.tracker import Rhythm as PresenceRhythm
from coterie.rights.community import Community
from coterie.rights.rights import Rights
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from coterie.services import READERS
from coterie.viewer import Viewer
from coterie.voice import actions, queries, rights
from coterie.voice.keeper import Keeper, VoiceRhythm
from tests.log.world import Silence, person, until

QUICK = VoiceRhythm(beat_seconds=0.05, silence=timedelta(seconds=0.3), grace=timedelta(seconds=0.4))
NEVER = VoiceRhythm(beat_seconds=0.05, silence=timedelta(hours=1), grace=timedelta(hours=1))
ALIVE = PresenceRhythm(beat_seconds=0.05, dead_after=timedelta(seconds=1))


@dataclass(eq=False)
class Process:
    """The voice part of a server process, and the events that it received."""

    community: Community
    keeper: Keeper
    presence: Presence
    events: list[Event] = field(default_factory=list)
    is_killed: bool = False

    def deliver(self, event: Event) -> None:
        self.events.append(event)

    async def kill(self) -> None:
        """End without cleaning up; the row that says it is alive remains."""
        self.is_killed = True
        tasks = self.keeper._tasks + self.presence._tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def told(self, user: UUID) -> list[str | None]:
        """The channels that a user was in according to the events; None when they left."""
        found = [json.loads(event.data) for event in self.events if event.type == "VOICE_STATE_UPDATE"]
        return [state["channel_id"] for state in found if state["user_id"] == str(user)]


@dataclass(frozen=True, slots=True)
class Place:
    """A server with a voice channel, and a user who is in it."""

    owner: Viewer
    server: UUID
    channel: UUID

    async def join(self, process: Process) -> None:
        await actions.join(process.community, process.keeper, self.channel, self.owner)


@asynccontextmanager
async def process(
    database: Database, url: str, rhythm: VoiceRhythm = QUICK, *, server: UUID | None = None
) -> AsyncIterator[Process]:
    """A process until the block ends; with `server` it keeps that server's events."""

    async def connect() -> Any:
        return await asyncpg.connect(url)

    bus, hub = PostgresBus(database, connect), Hub(Log(database, READERS), Silence())
    await bus.start(hub)
    presence = Presence(database, ALIVE)
    await presence.start()
    community = Community(database, Rights())
    made = Process(community, Keeper(community, hub, presence.process, rhythm), presence)
    if server is not None:
        await hub.subscribe(made, [server])
    await made.keeper.start()
    try:
        yield made
    finally:
        if not made.is_killed:
            await made.keeper.stop()
            await presence.stop()
        await bus.stop()
        hub.stop()


@pytest.fixture
async def place(pool: Database) -> Place:
    owner = await person(pool, "owner")
    server = await servers.create(pool, owner.user_id, ServerCreation(name="Club"))
    creation = ChannelCreation(name="Lounge", type="voice")
    channel = await channels.create(Community(pool, Rights()), server.id, owner.user_id, creation)
    return Place(owner, server.id, channel.id)


async def still_there(place: Place, pool: Database, rounds: int = 15) -> None:
    """The voice state outlasts several beats and more than one grace period."""
    for _ in range(rounds):
        assert await queries.state(pool, place.owner.user_id) is not None
        await asyncio.sleep(0.05)


async def test_a_voice_state_stays_while_a_socket_of_its_session_is_open(
    pool: Database, database_url: str, place: Place
) -> None:
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(place.owner)
        here.keeper.arrive(place.owner)
        await place.join(here)
        here.keeper.depart(place.owner, is_final=False)
        await still_there(place, pool)
        here.keeper.depart(place.owner, is_final=False)
        await until(lambda: here.told(place.owner.user_id) == [str(place.channel), None])
        assert await queries.state(pool, place.owner.user_id) is None


async def test_a_socket_of_another_session_is_ignored(pool: Database, database_url: str, place: Place) -> None:
    elsewhere = replace(place.owner, session_id=new_id())
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(elsewhere)
        here.keeper.arrive(place.owner)
        await place.join(here)
        here.keeper.depart(place.owner, is_final=False)
        await until(lambda: here.told(place.owner.user_id)[-1:] == [None])


async def test_a_user_who_never_connects_loses_the_voice_state(pool: Database, database_url: str, place: Place) -> None:
    async with process(pool, database_url, server=place.server) as here:
        await place.join(here)
        await until(lambda: here.told(place.owner.user_id) == [str(place.channel), None])


async def test_the_voice_state_is_held_by_the_process_with_the_socket(
    pool: Database, database_url: str, place: Place
) -> None:
    """Taken by REST at one process, connected to another; and back, with the old socket ending last."""
    user = place.owner.user_id
    async with process(pool, database_url, server=place.server) as first, process(pool, database_url) as second:
        second.keeper.arrive(place.owner)
        await place.join(first)
        await still_there(place, pool)
        first.keeper.arrive(place.owner)
        await asyncio.sleep(0.1)
        second.keeper.depart(place.owner, is_final=False)
        await still_there(place, pool)
        assert first.told(user) == [str(place.channel)]


async def test_reconnecting_in_time_keeps_the_place(pool: Database, database_url: str, place: Place) -> None:
    async with process(pool, database_url, NEVER, server=place.server) as here:
        here.keeper.arrive(place.owner)
        await place.join(here)
        for _ in range(5):
            here.keeper.depart(place.owner, is_final=False)
            await asyncio.sleep(0.06)
            here.keeper.arrive(place.owner)
        assert here.told(place.owner.user_id) == [str(place.channel)]


async def test_a_session_that_ended_keeps_nothing(pool: Database, database_url: str, place: Place) -> None:
    """However long the grace period is."""
    async with process(pool, database_url, NEVER, server=place.server) as here:
        here.keeper.arrive(place.owner)
        await place.join(here)
        here.keeper.depart(place.owner, is_final=True)
        await until(lambda: here.told(place.owner.user_id)[-1:] == [None])


async def test_a_killed_process_holds_nothing(pool: Database, database_url: str, place: Place) -> None:
    async with process(pool, database_url, server=place.server) as living:
        async with process(pool, database_url) as dying:
            dying.keeper.arrive(place.owner)
            await place.join(dying)
            await dying.kill()
        await until(lambda: living.told(place.owner.user_id) == [str(place.channel), None])


async def test_a_killed_process_that_starts_again_finds_its_people(
    pool: Database, database_url: str, place: Place
) -> None:
    async with process(pool, database_url) as dying:
        dying.keeper.arrive(place.owner)
        await place.join(dying)
        await dying.kill()
    async with process(pool, database_url, server=place.server) as again:
        again.keeper.arrive(place.owner)
        await still_there(place, pool)
        assert again.told(place.owner.user_id) == []


async def test_the_grace_begins_again_after_a_pause(pool: Database, database_url: str, place: Place) -> None:
    """Nobody could reconnect while no process ran."""
    async with process(pool, database_url, NEVER) as stopped:
        stopped.keeper.arrive(place.owner)
        await place.join(stopped)
    await pool.execute("UPDATE voice_states SET left_at = left_at - interval '1 day'")
    async with process(pool, database_url, NEVER, server=place.server) as again:
        await asyncio.sleep(0.2)
        again.keeper.arrive(place.owner)
        await still_there(place, pool, rounds=5)
        assert again.told(place.owner.user_id) == []


async def test_a_process_taken_for_dead_by_mistake_holds_again(pool: Database, database_url: str, place: Place) -> None:
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(place.owner)
        await place.join(here)
        for _ in range(10):
            await pool.execute("TRUNCATE processes CASCADE")
            await asyncio.sleep(0.05)
        await still_there(place, pool)
        assert here.told(place.owner.user_id) == [str(place.channel)]


async def test_many_processes_announce_it_once(pool: Database, database_url: str, place: Place) -> None:
    async with (
        process(pool, database_url, server=place.server) as here,
        process(pool, database_url),
        process(pool, database_url),
    ):
        for _ in range(3):
            before = len(here.told(place.owner.user_id))
            await place.join(here)
            await until(lambda: len(here.told(place.owner.user_id)) >= before + 2)  # noqa: B023
        await asyncio.sleep(0.3)
        assert here.told(place.owner.user_id) == [str(place.channel), None] * 3


async def test_rights_that_cannot_be_judged_for_now_end_nothing_else(
    pool: Database, database_url: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, usual = 0, rights.apply

    async def apply(community: Community, topic: UUID) -> None:
        nonlocal judged
        judged += 1
        if judged <= 4:
            raise CoterieError(errors.UNAVAILABLE)
        await usual(community, topic)

    monkeypatch.setattr("coterie.voice.keeper.RETRY_SECONDS", 0.01)
    monkeypatch.setattr(rights, "apply", apply)
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(place.owner)
        await place.join(here)
        await until(lambda: judged > 4)
        here.keeper.depart(place.owner, is_final=False)
        await until(lambda: here.told(place.owner.user_id) == [str(place.channel), None])
