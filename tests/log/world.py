"""The log without any interface: a real database, and a hub that receives only what the test passes on.

Coterie's own actions make the changes. Their notifications are caught instead of sent, as with a bus other
than PostgreSQL's, so that a test can drop, repeat and reorder them.
"""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from coterie.channels import actions as channels
from coterie.channels.models import ChannelCreation
from coterie.database.connection import Database
from coterie.database.pool import open_pool
from coterie.features import KEYS
from coterie.http.rate_limits import Limits
from coterie.identifiers import new_id
from coterie.log.event import BusMessage, Event
from coterie.log.hub import Hub
from coterie.log.read import Log
from coterie.messages import actions as messages
from coterie.messages.actions import Messages
from coterie.messages.models import Message, MessageCreation
from coterie.messages.own_votes import OwnVotes
from coterie.permissions.cache import PermissionCache
from coterie.permissions.context import ActionContext
from coterie.permissions.keys import Collections
from coterie.registration.actions import create_user
from coterie.servers import actions as servers
from coterie.servers.models import ServerCreation
from coterie.services.making import READERS
from coterie.settings.record import Settings
from coterie.sync.followable import everything
from coterie.sync.frames import frame
from coterie.sync.live_connection import LiveConnection
from coterie.usage.counting import Usage
from coterie.viewer import Viewer
from tests.patience import PATIENCE

numbers = itertools.count()


class Silence:
    """A watcher that ignores everything."""

    def receive(self, message: BusMessage) -> None: ...

    def set_connected(self, is_connected: bool) -> None: ...

    async def look(self) -> None: ...


@dataclass(eq=False)
class Recorder:
    """A subscriber who keeps what is delivered."""

    events: list[Event] = field(default_factory=list)

    def deliver(self, event: Event) -> None:
        self.events.append(event)

    def positions(self, topic: UUID) -> list[int]:
        return [event.position for event in self.events if event.topic == topic]


@dataclass
class World:
    """A server with one channel, its owner and a member, and the notifications that are not delivered yet."""

    database: Database
    told: list[str]
    log: Log
    hub: Hub
    permissions: PermissionCache
    messages: Messages
    owner: Viewer
    member: Viewer
    server: UUID
    channel: UUID

    @property
    def limits(self) -> Limits:
        return Limits(is_on=False)

    @property
    def own_votes(self) -> OwnVotes:
        return OwnVotes(self.database)

    @property
    def collections(self) -> Collections:
        return Collections(KEYS)

    @property
    def context(self) -> ActionContext:
        return ActionContext(self.database, self.permissions)

    async def send(self, content: str = "hello") -> Message:
        creation = MessageCreation(content=content)
        return await messages.send(self.messages, self.channel, self.owner.user_id, creation)

    async def close(self) -> None:
        await self.messages.close()
        self.hub.stop()

    async def join(self) -> None:
        await servers.join(self.context, self.server, self.member.user_id)

    async def leave(self) -> None:
        await servers.leave(self.context, self.server, self.member.user_id)

    async def make_channel(self) -> UUID:
        creation = ChannelCreation(name="more", type="text")
        return (await channels.create(self.context, self.server, self.owner.user_id, creation)).id

    async def remove_channel(self, channel: UUID) -> None:
        await channels.delete(self.context, self.server, channel, self.owner.user_id)

    def take(self) -> list[str]:
        """The bus messages since the last call."""
        told = list(self.told)
        self.told.clear()
        return told

    def deliver(self, *payloads: str) -> None:
        for payload in payloads:
            self.hub.receive(payload)

    async def reaches(self, topic: UUID) -> int:
        """Wait until the hub has delivered everything in the log of a topic; returns that position."""
        position = (await self.log.topic_rows([topic]))[topic].position
        await until(lambda: self.hub.position(topic) == position)
        return position

    async def fresh(self, topic: UUID) -> dict[str, str]:
        """Every key of a topic as the log has it now."""
        position = (await self.log.topic_rows([topic]))[topic].position
        state: dict[str, str] = {}
        reached = 0
        while reached < position:
            reached, events, _ = await self.log.after(topic, reached, position)
            apply(state, events)
        return state


def apply(state: dict[str, str], events: list[Event]) -> None:
    """What events make of a state."""
    for event in events:
        if event.is_removal:
            state.pop(event.key, None)
        else:
            state[event.key] = event.data


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def person(database: Database, name: str) -> Viewer:
    async with database.acquire() as connection:
        user = await create_user(connection, f"{name}_{next(numbers)}", None, "none", is_admin=False)
    return Viewer(user.id, new_id(), user.username, is_admin=False)


async def gather(database: Database, told: list[str]) -> World:
    """A new world in a database whose connections announce into `told`."""
    owner, member = await person(database, "owner"), await person(database, "member")
    permissions = PermissionCache()
    server = await servers.create(database, owner.user_id, ServerCreation(name="Club", is_public=True))
    channel = await channels.create(
        ActionContext(database, permissions), server.id, owner.user_id, ChannelCreation(name="general", type="text")
    )
    log = Log(database, READERS)
    world = World(
        database,
        told,
        log,
        Hub(log, Silence()),
        permissions,
        Messages(database, permissions, Usage(database)),
        owner,
        member,
        server.id,
        channel.id,
    )
    await world.join()
    told.clear()
    return world


@contextlib.asynccontextmanager
async def apart(database_url: str) -> AsyncIterator[World]:
    """A world with a pool of its own, whose notifications are caught."""
    told: list[str] = []
    database = await open_pool(Settings(database_url=database_url, pool_size=8), told.append)
    try:
        world = await gather(database, told)
        yield world
        await world.close()
    finally:
        await database.close()


@dataclass
class Reader:
    """The far end of a connection: reads its frames until it ends."""

    connection: LiveConnection
    frames: list[dict[str, Any]] = field(default_factory=list)
    task: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for record in self.connection.records():
            if (text := frame(record)) is not None:
                self.frames.append(json.loads(text))

    def contents(self) -> list[str]:
        """The messages that were delivered."""
        return [frame["d"]["content"] for frame in self.frames if frame["t"].startswith("MESSAGE_")]

    async def close(self) -> None:
        self.connection.close()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def connect(world: World, viewer: Viewer) -> LiveConnection:
    """A live connection that follows everything that the viewer can see."""
    connection = LiveConnection(viewer, world)
    await connection.subscriptions.follow(lambda: everything(world, viewer.user_id))
    return connection
