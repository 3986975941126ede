"""PostgreSQL as the bus: losing the connection that listens loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from coterie.database.connection import Database
from coterie.log.bus import PostgresBus
from tests.log.world import Recorder, World, gather, until


@pytest.fixture
async def listening(pool: Database, database_url: str) -> AsyncIterator[World]:
    """A world whose hub listens to PostgreSQL itself."""

    async def connect() -> Any:
        return await asyncpg.connect(database_url)

    world = await gather(pool, [])
    bus = PostgresBus(pool, connect)
    await bus.start(world.hub)
    yield world
    await bus.stop()
    await world.close()


async def kill_listener(database: Database) -> None:
    killed = await database.fetch(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """
    )
    assert len(killed) == 1


async def test_it_works(listening: World) -> None:
    recorder = Recorder()
    await listening.hub.subscribe(recorder, [listening.channel])
    await listening.send("one")
    await until(lambda: recorder.positions(listening.channel) == [1])
    assert not listening.told, "the statement told it, at its commit"


async def test_a_lost_connection_loses_nothing(listening: World) -> None:
    recorder = Recorder()
    await listening.hub.subscribe(recorder, [listening.channel, listening.server])
    for number in range(3):
        await listening.send(f"before {number}")
        await kill_listener(listening.database)
        await asyncio.gather(*(listening.send(f"{number} {each}") for each in range(20)))
        await listening.make_channel()
        position = await listening.reaches(listening.channel)
        assert recorder.positions(listening.channel) == list(range(1, position + 1))
        await listening.reaches(listening.server)
    positions = recorder.positions(listening.server)
    assert len(positions) == 3
    assert positions == sorted(set(positions))


async def test_a_large_change_is_announced_by_its_position(listening: World) -> None:
    recorder = Recorder()
    await listening.hub.subscribe(recorder, [listening.channel])
    sent = await listening.send("\N{SNOWMAN}" * 4_000)
    await listening.send("small")
    await until(lambda: recorder.positions(listening.channel) == [1, 2])
    assert sent.content in recorder.events[0].data


async def test_transient_events_reach_each_subscriber_once(listening: World) -> None:
    recorder = Recorder()
    await listening.hub.subscribe(recorder, [listening.channel, listening.server])
    audience = f'["{listening.channel}","{listening.server}"]'
    await listening.database.execute(
        "SELECT pg_notify('coterie', $1)", f'{{"type":"TYPING_START","audience":{audience},"data":1}}'
    )
    await listening.send("after it")
    await until(lambda: recorder.positions(listening.channel) == [1])
    assert [event.type for event in recorder.events] == ["TYPING_START", "MESSAGE_CREATE"]
