"""Which webhooks a change wakes, whatever else happens at that moment."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from coterie.database.connection import Connection
from coterie.webhooks import event_queries
from tests.patience import QUIET
from tests.webhooks.conftest import HookWorld


async def test_a_channel_that_is_created_while_the_channels_are_read(
    world: HookWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read, may_continue = asyncio.Event(), asyncio.Event()
    read = event_queries.channels_of

    async def slowly(connection: Connection, servers: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
        found = await read(connection, servers)
        is_read.set()
        await may_continue.wait()
        return found

    monkeypatch.setattr(event_queries, "channels_of", slowly)
    owner, server = world.community.owner, f"/api/servers/{world.community.server}"
    await world.create("message.created")
    await is_read.wait()
    socket = await owner.socket()
    body = {"name": "later", "type": "text"}
    channel = (await owner.expect(201, "POST", f"{server}/channels", body))["id"]
    await socket.wait_for(lambda frame: frame.get("t") == "CHANNEL_CREATE")
    may_continue.set()
    await asyncio.sleep(QUIET)  # what the reading itself wakes finds nothing
    await owner.send(channel, "hello")
    [delivered] = await world.receiver.wait(1)
    assert delivered.data["content"] == "hello"
