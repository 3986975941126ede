"""Who is in which call, for the servers and conversations whose calls include a user who is connected to this process.

A copy of the database that follows the topic: it is read at a position, and the changes after that position are applied
in order. So whether two users are in the same channel is known without a query for every signal between their browsers,
and is as exact as everything else that is delivered live.
"""

import asyncio
from collections.abc import Callable, Container
from typing import Final
from uuid import UUID

from coterie.database.connection import Database
from coterie.log.event import Event
from coterie.log.hub import Hub
from coterie.permissions.watch import may_change_permissions
from coterie.voice import queries


class TrackedTopic:
    """A server or conversation that is followed; `position` is None until it was read, and earlier events wait."""

    __slots__ = ("channel_by_user", "position", "read", "waiting")

    def __init__(self) -> None:
        self.position: int | None = None
        self.channel_by_user: dict[UUID, UUID] = {}
        self.waiting: list[Event] = []
        self.read = asyncio.Event()

    def begin(self, position: int, channel_by_user: dict[UUID, UUID]) -> None:
        self.position, self.channel_by_user = position, channel_by_user
        for event in self.waiting:
            self.apply(event)
        self.waiting.clear()
        self.read.set()

    def apply(self, event: Event) -> None:
        """Apply a change of a voice state, unless it was read already."""
        if self.position is None:
            self.waiting.append(event)
        elif event.position > self.position:
            self.position = event.position
            kind, _, rest = event.key.partition("/")
            if kind == "voice_states":
                self._apply_state(*rest.split("/"), is_removal=event.is_removal)

    def _apply_state(self, channel: str, user: str, *, is_removal: bool) -> None:
        if not is_removal:
            self.channel_by_user[UUID(user)] = UUID(channel)
        elif self.channel_by_user.get(UUID(user)) == UUID(channel):
            del self.channel_by_user[UUID(user)]


class CallTracker:
    """Follows servers and conversations. Reports those in which permissions may have changed to `request_check`."""

    def __init__(self, database: Database, hub: Hub, request_check: Callable[[UUID], None]) -> None:
        self._database: Final = database
        self._hub: Final = hub
        self._request_check: Final = request_check
        self._tracked: Final[dict[UUID, TrackedTopic]] = {}
        self._home: Final[dict[UUID, UUID]] = {}

    def deliver(self, event: Event) -> None:
        """Receive an event from the hub."""
        topic = self._tracked.get(event.topic) if event.topic else None
        if topic is None or event.topic is None:
            return
        topic.apply(event)
        if may_change_permissions(event.key):
            self._request_check(event.topic)

    async def follow(self, topic_id: UUID) -> TrackedTopic:
        """Follow a server or conversation until no user of this process is in a call there."""
        if (topic := self._tracked.get(topic_id)) is None:
            topic = self._tracked[topic_id] = TrackedTopic()
            try:
                await self._hub.subscribe(self, [topic_id])
                topic.begin(*await queries.channel_by_user(self._database, topic_id))
            except BaseException:
                self._forget(topic_id)
                raise
        await topic.read.wait()
        return topic

    def stop_unused(self, connected: Container[UUID]) -> None:
        """Stop following those in whose calls no connected user is."""
        for topic_id, topic in list(self._tracked.items()):
            if topic.position is not None and not any(user in connected for user in topic.channel_by_user):
                self._forget(topic_id)

    async def find(self, user_id: UUID) -> tuple[TrackedTopic, UUID] | None:
        """The topic and channel in which a connected user is; queries the database only if it is not known."""
        if (found := self._known(user_id)) is not None:
            return found
        topic_id = await queries.topic_of(self._database, user_id)
        if topic_id is None:
            self._home.pop(user_id, None)
            return None
        await self.follow(topic_id)
        self._home[user_id] = topic_id
        return self._known(user_id)

    async def are_together(self, user_id: UUID, other: UUID) -> bool:
        """Whether two users are in one channel. Queries what is not known yet: signals may come right after joining."""
        found = await self.find(user_id)
        if found is not None and found[0].channel_by_user.get(other) == found[1]:
            return True
        return await queries.are_together(self._database, user_id, other)

    def forget(self, user_id: UUID) -> None:
        """Forget a user who is no longer connected here."""
        self._home.pop(user_id, None)

    def _known(self, user_id: UUID) -> tuple[TrackedTopic, UUID] | None:
        topic = self._tracked.get(self._home[user_id]) if user_id in self._home else None
        channel = topic.channel_by_user.get(user_id) if topic else None
        return (topic, channel) if topic is not None and channel is not None else None

    def _forget(self, topic_id: UUID) -> None:
        topic = self._tracked.pop(topic_id, None)
        self._hub.unsubscribe(self, [topic_id])
        if topic is not None:
            topic.read.set()
