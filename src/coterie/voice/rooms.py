"""What this process knows of who talks where, for the servers and conversations in which somebody connected here is.

A copy of the database that follows the topic: it is read at a position, and the changes after that position
are applied in order. So whether two people are in the same channel is known without asking for each thing that their
browsers say to each other, and is as exact as everything else that is told live.
"""

import asyncio
from collections.abc import Callable, Container
from typing import Final
from uuid import UUID

from coterie.database.connection import Database
from coterie.log.event import Event
from coterie.log.hub import Hub
from coterie.voice import queries

RIGHTS: Final = ("server", "channels", "members", "roles", "overrides", "participants")
"""Kinds of keys on which the right to be in a channel may depend."""


class Room:
    """A server or conversation that is followed; `position` is None until it was read, what comes before then waits."""

    __slots__ = ("position", "read", "waiting", "whereabouts")

    def __init__(self) -> None:
        self.position: int | None = None
        self.whereabouts: dict[UUID, UUID] = {}
        self.waiting: list[Event] = []
        self.read = asyncio.Event()

    def begin(self, position: int, whereabouts: dict[UUID, UUID]) -> None:
        self.position, self.whereabouts = position, whereabouts
        for event in self.waiting:
            self.take(event)
        self.waiting.clear()
        self.read.set()

    def take(self, event: Event) -> None:
        """Apply a change of somebody's place, unless it was read already."""
        if self.position is None:
            self.waiting.append(event)
        elif event.position > self.position:
            self.position = event.position
            kind, _, rest = event.key.partition("/")
            if kind == "voice_states":
                self._take_state(*rest.split("/"), is_removal=event.is_removal)

    def _take_state(self, channel: str, user: str, *, is_removal: bool) -> None:
        if not is_removal:
            self.whereabouts[UUID(user)] = UUID(channel)
        elif self.whereabouts.get(UUID(user)) == UUID(channel):
            del self.whereabouts[UUID(user)]


class Rooms:
    """The servers that are followed. `suspect` is told of those in which rights may have changed."""

    def __init__(self, database: Database, hub: Hub, suspect: Callable[[UUID], None]) -> None:
        self._database: Final = database
        self._hub: Final = hub
        self._suspect: Final = suspect
        self._rooms: Final[dict[UUID, Room]] = {}
        self._home: Final[dict[UUID, UUID]] = {}

    def deliver(self, event: Event) -> None:
        """Take an event from the hub."""
        room = self._rooms.get(event.topic) if event.topic else None
        if room is None or event.topic is None:
            return
        room.take(event)
        if event.key.partition("/")[0] in RIGHTS:
            self._suspect(event.topic)

    async def follow(self, server_id: UUID) -> Room:
        """Know a server from now on, until nobody is there any more."""
        if (room := self._rooms.get(server_id)) is None:
            room = self._rooms[server_id] = Room()
            try:
                await self._hub.subscribe(self, [server_id])
                room.begin(*await queries.whereabouts(self._database, server_id))
            except BaseException:
                self._forget(server_id)
                raise
        await room.read.wait()
        return room

    def tidy(self, connected: Container[UUID]) -> None:
        """Follow no longer the servers in whose channels nobody is who is connected here."""
        for server, room in list(self._rooms.items()):
            if room.position is not None and not any(user in connected for user in room.whereabouts):
                self._forget(server)

    async def find(self, user_id: UUID) -> tuple[Room, UUID] | None:
        """The room and channel in which somebody connected here is; asks the database only if it is not known."""
        if (found := self._known(user_id)) is not None:
            return found
        server = await queries.topic_of(self._database, user_id)
        if server is None:
            self._home.pop(user_id, None)
            return None
        await self.follow(server)
        self._home[user_id] = server
        return self._known(user_id)

    async def are_together(self, user_id: UUID, other: UUID) -> bool:
        """Whether two are in one channel. What is not known yet is looked up: who has just come may speak at once."""
        found = await self.find(user_id)
        if found is not None and found[0].whereabouts.get(other) == found[1]:
            return True
        return await queries.are_together(self._database, user_id, other)

    def forget(self, user_id: UUID) -> None:
        """Nobody asks for this user here any more."""
        self._home.pop(user_id, None)

    def _known(self, user_id: UUID) -> tuple[Room, UUID] | None:
        room = self._rooms.get(self._home[user_id]) if user_id in self._home else None
        channel = room.whereabouts.get(user_id) if room else None
        return (room, channel) if room is not None and channel is not None else None

    def _forget(self, server_id: UUID) -> None:
        room = self._rooms.pop(server_id, None)
        self._hub.unsubscribe(self, [server_id])
        if room is not None:
            room.read.set()
