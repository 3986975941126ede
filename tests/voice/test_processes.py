"""Voice over real server processes: users on different ones, and processes that are killed or restarted."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.laws.world import Server, servers
from tests.people import Browser, Community, Person, Socket
from tests.serving import gather_community
from tests.voice.calls import in_voice, join, present

pytestmark = pytest.mark.extended("killed processes; the laws kill them each time")


@dataclass(frozen=True, slots=True)
class World:
    """Two processes on one database; the owner is at the first, the member at the second."""

    here: Server
    there: Server
    community: Community
    member: Person
    rows: OwnConnection


@asynccontextmanager
async def world(database_url: str) -> AsyncIterator[World]:
    async with servers(database_url, 2) as (here, there), aiohttp.ClientSession() as http:
        community = await gather_community(lambda name: Person.register(Browser(here.url, http), name))
        member = Person(Browser(there.url, http), community.member.login)
        rows = await asyncpg.connect(database_url)
        try:
            yield World(here, there, community, member, rows)
        finally:
            await rows.close()


async def is_told_gone(world: World, owner: Socket, holder: UUID) -> None:
    """Move the member's leaving and their process's last beat far into the past, and wait for the result."""
    told = asyncio.create_task(in_voice(owner, world.member, None))
    while not told.done():
        await world.rows.execute("UPDATE processes SET seen_at = seen_at - interval '1 hour' WHERE id = $1", holder)
        await world.rows.execute(
            "UPDATE voice_states SET left_at = left_at - interval '1 hour' WHERE user_id = $1", UUID(world.member.id)
        )
        await asyncio.wait([told], timeout=0.5)  # then the process has beaten again
    await told


async def holder_of(world: World) -> UUID:
    """The process that holds the member's voice state."""
    found: UUID = await world.rows.fetchval(
        "SELECT process_id FROM voice_states WHERE user_id = $1", UUID(world.member.id)
    )
    return found


async def test_people_on_different_processes_signal_each_other(database_url: str) -> None:
    async with world(database_url) as it:
        channel = it.community.voice
        owner, member = await it.community.owner.socket(), await it.member.socket()
        await join(it.community.owner, channel)
        await join(it.member, channel)
        await in_voice(owner, it.member, channel)
        for sender, to, hearer in ((owner, it.member, member), (member, it.community.owner, owner)):
            await sender.say("VOICE_SIGNAL", {"to_user_id": to.id, "type": "offer", "sdp": "x" * 12_000})
            told = await hearer.wait_for_type("VOICE_SIGNAL")
            assert (told["d"]["from_user_id"], len(told["d"]["sdp"])) == (sender.person.id, 12_000)


async def test_a_killed_process_leaves_no_ghosts(database_url: str) -> None:
    """Nobody reconnects from the killed process: in the end the voice state is gone, and an event says so."""
    async with world(database_url) as it:
        channel = it.community.voice
        owner = await it.community.owner.socket()
        await it.member.socket()
        await join(it.community.owner, channel)
        await join(it.member, channel)
        holder = await holder_of(it)
        await it.there.end(signal.SIGKILL)
        await is_told_gone(it, owner, holder)
        assert await present(it.community.owner, channel) == [it.community.owner.id], "the living keep theirs"


async def test_a_restart_keeps_the_voice_states_of_users_who_reconnect(database_url: str) -> None:
    """Both processes, one killed and one stopped; the owner comes back, the member does not."""
    async with world(database_url) as it:
        channel = it.community.voice
        await it.community.owner.socket()
        await it.member.socket()
        first = await join(it.community.owner, channel)
        await join(it.member, channel)
        holder = await holder_of(it)
        await it.here.end(signal.SIGKILL)
        await it.there.end(signal.SIGTERM)
        await it.here.start()
        owner = await it.community.owner.socket()
        await is_told_gone(it, owner, holder)
        assert await it.community.owner.expect(200, "GET", f"/api/channels/{channel}/voice") == [first]
