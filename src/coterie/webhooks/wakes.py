"""Which webhooks a change concerns: from the bus messages of the log, so that nothing is asked while nothing happens.

Every process listens, since any may deliver (`deliveries.py`). It knows the enabled webhooks and the channels of their
servers, and reads a server's again when a channel or a webhook of it changes, or all of them when the bus was away.
A bus message only wakes: what to send is read from the log.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

import structlog

from coterie.database.connection import Database
from coterie.database.trouble import report
from coterie.log.event import BusMessage
from coterie.webhooks import event_queries as queries

RETRY_SECONDS: Final = 1.0
MESSAGES: Final = frozenset({None, "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "THREAD_MESSAGE_CREATE"})
"""Types of a channel's changes that can be an event; None is a change too large for the bus."""

EVERYTHING: Final = UUID(int=0)
"""Stands for all servers among those to read again."""

log = structlog.get_logger(__name__)


def kinds_of(event_types: Iterable[str]) -> frozenset[str]:
    """The kinds of topics in which events of these types happen."""
    return frozenset("server" if each.startswith("member.") else "channel" for each in event_types)


class Wakes:
    """Watches the bus, and calls `wake` with the ids of webhooks that there may be something for."""

    def __init__(self, database: Database, wake: Callable[[UUID], None]) -> None:
        self._database: Final = database
        self._wake: Final = wake
        self._servers: Final[dict[UUID, dict[UUID, frozenset[str]]]] = {}
        self._channels: Final[dict[UUID, UUID]] = {}
        self._stale: Final[set[UUID]] = set()
        self._changed: Final = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._is_reading = False

    def start(self) -> None:
        self.read_again(EVERYTHING)
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def receive(self, message: BusMessage) -> None:
        """Wake the webhooks that a change concerns."""
        topic = message.topic
        if topic is None:
            return
        if message.key.startswith("webhooks/"):
            self.read_again(topic)
        elif (server := self._channels.get(topic)) is not None:
            if message.type in MESSAGES:
                self._wake_those(server, "channel")
        elif topic in self._servers or self._is_reading:
            self._take_from_server(topic, message)

    def set_connected(self, is_connected: bool) -> None:
        """After the bus was away, anything may have happened."""
        if is_connected:
            self.read_again(EVERYTHING)

    async def look(self) -> None:
        """Nothing: the log is compared by recurring work (`Deliveries.look`), since it concerns few servers."""

    def read_again(self, server: UUID) -> None:
        self._stale.add(server)
        self._changed.set()

    def _take_from_server(self, server: UUID, message: BusMessage) -> None:
        """Of a known server, or of any while a server is read: what is being read may be from before the change."""
        if message.type is None or message.key.startswith("channels/"):
            self.read_again(server)
        elif message.key.startswith("members/"):
            self._wake_those(server, "server")

    def _wake_those(self, server: UUID, kind: str) -> None:
        for webhook, kinds in self._servers.get(server, {}).items():
            if kind in kinds:
                self._wake(webhook)

    async def _read(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._stale:
                server = self._stale.pop()
                self._is_reading = True
                try:
                    await self._read_one(None if server == EVERYTHING else server)
                except Exception as error:  # whatever it is: nothing else would read on
                    report(log, "webhooks.cannot_read", error)
                    self._stale.add(server)
                    await asyncio.sleep(RETRY_SECONDS)
                self._is_reading = False

    async def _read_one(self, server: UUID | None) -> None:
        """Read a server's webhooks and channels, or those of all, and wake these webhooks."""
        found = await queries.listening(self._database, server)
        servers = {each.server_id for each in found}
        channels = await queries.channels_of(self._database, list(servers)) if servers else []
        self._forget(server)
        for each in found:
            self._servers.setdefault(each.server_id, {})[each.webhook_id] = kinds_of(each.event_types)
        self._channels.update(channels)
        await queries.drop_positions(self._database, server)
        for each in found:
            self._wake(each.webhook_id)

    def _forget(self, server: UUID | None) -> None:
        if server is None:
            self._servers.clear()
            self._channels.clear()
            return
        self._servers.pop(server, None)
        for channel in [channel for channel, home in self._channels.items() if home == server]:
            del self._channels[channel]
