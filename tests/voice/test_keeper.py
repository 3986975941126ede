"""Which process holds which voice state: each `Process` has a real database and a real bus, and beats quickly."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
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
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.presence.tracker import Presence
from coterie.presence.tracker import Rhythm as PresenceRhythm
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from coterie.services.making import READERS
from coterie.viewer import Viewer
from coterie.voice import actions, permissions, queries
from coterie.voice.keeper import Keeper, VoiceRhythm
from tests.log.world import Silence, person, until
from tests.patience import PATIENCE
from tests.presence.test_tracker import die

QUICK = VoiceRhythm(beat_seconds=0.05, silence=timedelta(minutes=10), grace=timedelta(minutes=10))
ALIVE = PresenceRhythm(beat_seconds=0.05, dead_after=timedelta(minutes=10))
"""Nothing ends because the machine is slow: time passes when a test says so, see `pass_an_hour`."""


@dataclass(eq=False)
class Process:
    """The voice part of a server process, and the events that it received."""

    context: ActionContext
    keeper: Keeper
    presence: Presence
    events: list[Event] = field(default_factory=list)
    is_killed: bool = False

    def deliver(self, event: Event) -> None:
        self.events.append(event)

    async def kill(self) -> None:
        """End without cleaning up, an hour ago; the row that says when it was alive remains."""
        self.is_killed = True
        tasks = self.keeper._tasks + self.presence._tasks
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await die(self.presence)

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
        await actions.join(process.context, process.keeper, self.channel, self.owner)


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
    context = ActionContext(database, PermissionCache())
    made = Process(context, Keeper(context, hub, presence.process, rhythm), presence)
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
    channel = await channels.create(ActionContext(pool, PermissionCache()), server.id, owner.user_id, creation)
    return Place(owner, server.id, channel.id)


async def pass_an_hour(pool: Database) -> None:
    """For the voice states that nobody holds: their grace ends."""
    await pool.execute("UPDATE voice_states SET left_at = left_at - interval '1 hour'")


async def until_hours_later(pool: Database, condition: Callable[[], bool]) -> None:
    """Whenever a voice state is released, its grace ends at once."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await pass_an_hour(pool)
            await asyncio.sleep(0.01)


async def held_by(pool: Database, process: Process) -> None:
    """Until the voice state, of which there is one, is held by a process."""
    async with asyncio.timeout(PATIENCE):
        while await pool.fetchval("SELECT process_id FROM voice_states") != process.presence.process:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_beaten(pool: Database, process: Process) -> None:
    """Until a process is known to be alive again."""
    async with asyncio.timeout(PATIENCE):
        while not await pool.fetchval("SELECT TRUE FROM processes WHERE id = $1", process.presence.process):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def still_there(place: Place, pool: Database) -> None:
    """The voice state is held, so it outlasts several beats and hours."""
    for _ in range(8):
        assert await queries.state(pool, place.owner.user_id) is not None
        await pass_an_hour(pool)
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
        await until_hours_later(pool, lambda: here.told(place.owner.user_id) == [str(place.channel), None])
        assert await queries.state(pool, place.owner.user_id) is None


async def test_a_socket_of_another_session_is_ignored(pool: Database, database_url: str, place: Place) -> None:
    elsewhere = replace(place.owner, session_id=new_id())
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(elsewhere)
        here.keeper.arrive(place.owner)
        await place.join(here)
        here.keeper.depart(place.owner, is_final=False)
        await until_hours_later(pool, lambda: here.told(place.owner.user_id)[-1:] == [None])


async def test_a_user_who_never_connects_loses_the_voice_state(pool: Database, database_url: str, place: Place) -> None:
    async with process(pool, database_url, server=place.server) as here:
        await place.join(here)
        await until_hours_later(pool, lambda: here.told(place.owner.user_id) == [str(place.channel), None])


async def test_the_voice_state_is_held_by_the_process_with_the_socket(
    pool: Database, database_url: str, place: Place
) -> None:
    """Taken by REST at one process, connected to another; and back, with the old socket ending last."""
    user = place.owner.user_id
    async with process(pool, database_url, server=place.server) as first, process(pool, database_url) as second:
        second.keeper.arrive(place.owner)
        await place.join(first)
        await held_by(pool, second)
        await still_there(place, pool)
        first.keeper.arrive(place.owner)
        await held_by(pool, first)
        second.keeper.depart(place.owner, is_final=False)
        await still_there(place, pool)
        assert first.told(user) == [str(place.channel)]


async def test_reconnecting_in_time_keeps_the_place(pool: Database, database_url: str, place: Place) -> None:
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(place.owner)
        await place.join(here)
        for _ in range(5):
            here.keeper.depart(place.owner, is_final=False)
            await asyncio.sleep(0.05)
            here.keeper.arrive(place.owner)
        assert here.told(place.owner.user_id) == [str(place.channel)]


async def test_a_session_that_ended_keeps_nothing(pool: Database, database_url: str, place: Place) -> None:
    """However long the grace period is."""
    async with process(pool, database_url, server=place.server) as here:
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
        await until_hours_later(pool, lambda: living.told(place.owner.user_id) == [str(place.channel), None])


async def test_a_killed_process_that_starts_again_finds_its_people(
    pool: Database, database_url: str, place: Place
) -> None:
    async with process(pool, database_url) as dying:
        dying.keeper.arrive(place.owner)
        await place.join(dying)
        await dying.kill()
    async with process(pool, database_url, server=place.server) as again:
        again.keeper.arrive(place.owner)
        await held_by(pool, again)
        await still_there(place, pool)
        assert again.told(place.owner.user_id) == []


async def test_the_grace_begins_again_after_a_pause(pool: Database, database_url: str, place: Place) -> None:
    """Nobody could reconnect while no process ran."""
    async with process(pool, database_url) as stopped:
        stopped.keeper.arrive(place.owner)
        await place.join(stopped)
    await pool.execute("UPDATE voice_states SET left_at = left_at - interval '1 day'")
    async with process(pool, database_url, server=place.server) as again:
        assert await queries.state(pool, place.owner.user_id) is not None
        again.keeper.arrive(place.owner)
        await held_by(pool, again)
        await still_there(place, pool)
        assert again.told(place.owner.user_id) == []


async def test_a_process_taken_for_dead_by_mistake_holds_again(pool: Database, database_url: str, place: Place) -> None:
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(place.owner)
        await place.join(here)
        for _ in range(10):
            await pool.execute("TRUNCATE processes CASCADE")
            await asyncio.sleep(0.05)
        await until_beaten(pool, here)
        await held_by(pool, here)
        await still_there(place, pool)
        assert here.told(place.owner.user_id) == [str(place.channel)]


async def test_many_processes_announce_it_once(pool: Database, database_url: str, place: Place) -> None:
    async with (
        process(pool, database_url, server=place.server) as here,
        process(pool, database_url) as second,
        process(pool, database_url) as third,
    ):
        for _ in range(3):
            before = len(here.told(place.owner.user_id))
            await place.join(here)
            await until_hours_later(pool, lambda: len(here.told(place.owner.user_id)) >= before + 2)  # noqa: B023
        await asyncio.gather(*(each.keeper._end_abandoned() for each in (here, second, third)))
        assert here.told(place.owner.user_id) == [str(place.channel), None] * 3


async def test_rights_that_cannot_be_judged_for_now_end_nothing_else(
    pool: Database, database_url: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, usual = 0, permissions.apply

    async def apply(context: ActionContext, topic: UUID) -> None:
        nonlocal judged
        judged += 1
        if judged <= 4:
            raise CoterieError(errors.UNAVAILABLE)
        await usual(context, topic)

    monkeypatch.setattr("coterie.voice.keeper.RETRY_SECONDS", 0.01)
    monkeypatch.setattr(permissions, "apply", apply)
    async with process(pool, database_url, server=place.server) as here:
        here.keeper.arrive(place.owner)
        await place.join(here)
        await until(lambda: judged > 4)
        here.keeper.depart(place.owner, is_final=False)
        await until_hours_later(pool, lambda: here.told(place.owner.user_id) == [str(place.channel), None])
