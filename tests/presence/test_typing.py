"""Who types where: sent to those who can view the channel, and only for a few users of a crowd."""

import json
from typing import Any
from uuid import UUID

import pytest

from coterie import errors
from coterie.channels import actions as channels
from coterie.channels.models import ChannelCreation
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.log.bus import Listener
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.presence.typing import Typing
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from coterie.viewer import Viewer
from tests.log.world import person


class Wire:
    """A bus that keeps what is published."""

    is_connected = True

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    async def start(self, listener: Listener) -> None: ...

    async def stop(self) -> None: ...

    def publish(self, payload: str) -> None:
        self.told.append(json.loads(payload))


async def place(database: Database, context: ActionContext) -> tuple[Viewer, UUID]:
    """The owner of a server, and its channel."""
    owner = await person(database, "owner")
    server = await servers.create(database, owner.user_id, ServerCreation(name="Club"))
    channel = await channels.create(context, server.id, owner.user_id, ChannelCreation(name="a", type="text"))
    return owner, channel.id


async def test_it_is_sent_to_the_channel(pool: Database) -> None:
    wire, context = Wire(), ActionContext(pool, PermissionCache())
    owner, channel = await place(pool, context)
    await Typing(context, wire).check_and_send(owner, channel, is_typing=True)
    [told] = wire.told
    assert (told["type"], told["audience"]) == ("TYPING_START", [str(channel)])
    assert told["data"]["user_id"] == str(owner.user_id)


async def test_that_a_user_stopped_is_sent_as_well(pool: Database) -> None:
    wire, context = Wire(), ActionContext(pool, PermissionCache())
    owner, channel = await place(pool, context)
    typing = Typing(context, wire)
    for is_typing in (True, False):
        await typing.check_and_send(owner, channel, is_typing=is_typing)
    assert [told["type"] for told in wire.told] == ["TYPING_START", "TYPING_STOP"]


async def test_nothing_is_sent_about_invisible_users(pool: Database) -> None:
    wire, context = Wire(), ActionContext(pool, PermissionCache())
    owner, channel = await place(pool, context)
    await pool.execute("UPDATE users SET status = 'offline' WHERE id = $1", owner.user_id)
    await Typing(context, wire).check_and_send(owner, channel, is_typing=True)
    assert wire.told == []


async def test_outsiders_learn_nothing(pool: Database) -> None:
    wire, context = Wire(), ActionContext(pool, PermissionCache())
    _, channel = await place(pool, context)
    with pytest.raises(CoterieError) as caught:
        await Typing(context, wire).check_and_send(await person(pool, "outsider"), channel, is_typing=True)
    assert (caught.value.entry, wire.told) == (errors.NOT_FOUND, [])


async def test_one_person_is_announced_now_and_then(pool: Database) -> None:
    wire, context = Wire(), ActionContext(pool, PermissionCache())
    typing, someone, here, there = Typing(context, wire), await person(pool, "somebody"), new_id(), new_id()
    for _ in range(10):
        typing.send(someone, here)
        typing.send(someone, there)
    assert [told["audience"][0] for told in wire.told] == [str(here), str(there)] * 2


async def test_of_a_crowd_a_few_are_announced(pool: Database) -> None:
    wire, context = Wire(), ActionContext(pool, PermissionCache())
    typing, here = Typing(context, wire), new_id()
    for number in range(100):
        typing.send(Viewer(new_id(), new_id(), f"person_{number}", is_admin=False), here)
    assert 5 <= len(wire.told) <= 6, "a slow machine may see one more of the next second"
    typing.send(Viewer(new_id(), new_id(), "elsewhere", is_admin=False), new_id())
    assert wire.told[-1]["data"]["username"] == "elsewhere"
