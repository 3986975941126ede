"""Who is connected to this process, kept in the database so that every process can tell who is online.

Presence is fleeting: it travels over the bus, not through the log. Comings and goings collect while the last ones are
written, so a crowd that reconnects at once costs a few statements, not one for each. A process that stops beating is
taken for dead by the others, which then announce the people it took along.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import structlog

from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE
from coterie.identifiers import new_id
from coterie.log.bus import Bus
from coterie.presence import queries
from coterie.presence.models import Appearance, PresenceUpdate

RETRY_SECONDS: Final = 1.0
BATCH_LIMIT: Final = 1_000
AUDIENCE_LIMIT: Final = 150
"""Servers named in one notification."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a process says that it lives, and how long it may be silent; the same for all processes."""

    beat_seconds: float
    dead_after: timedelta


RHYTHM: Final = Rhythm(beat_seconds=5.0, dead_after=timedelta(seconds=16))


class Presence:
    """The connections of this process, and the announcements of who came and went."""

    def __init__(self, database: Database, bus: Bus, rhythm: Rhythm = RHYTHM) -> None:
        self._rhythm: Final = rhythm
        self._database: Final = database
        self._bus: Final = bus
        self.process: Final = new_id()
        self._connections: Final[Counter[UUID]] = Counter()
        self._changed: Final[set[UUID]] = set()
        self._pending: Final = asyncio.Event()
        self._tasks: Final[list[asyncio.Task[None]]] = []

    @property
    def connections(self) -> int:
        """The sockets that are open here."""
        return self._connections.total()

    async def start(self) -> None:
        await queries.beat(self._database, self.process, datetime.now(UTC))
        self._tasks.extend((asyncio.create_task(self._beat()), asyncio.create_task(self._write())))

    async def stop(self) -> None:
        """Say goodbye for everybody who is connected here."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            gone = list(self._connections)
            await queries.forget(self._database, self.process)
            await self._announce(gone)
        except TROUBLE as error:
            log.warning("presence.goodbye_failed", reason=type(error).__name__)

    def arrive(self, user_id: UUID) -> None:
        """Count one more connection of a user."""
        self._connections[user_id] += 1
        if self._connections[user_id] == 1:
            self.announce(user_id)

    def depart(self, user_id: UUID) -> None:
        """Count one connection less."""
        self._connections[user_id] -= 1
        if self._connections[user_id] <= 0:
            del self._connections[user_id]
            self.announce(user_id)

    def announce(self, user_id: UUID) -> None:
        """Tell everybody who shares a server how the user appears now."""
        self._changed.add(user_id)
        self._pending.set()

    async def _write(self) -> None:
        while True:
            await self._pending.wait()
            self._pending.clear()
            while self._changed:
                batch = [self._changed.pop() for _ in range(min(len(self._changed), BATCH_LIMIT))]
                try:
                    await self._record(batch)
                    await self._announce(batch)
                except TROUBLE as error:
                    log.warning("presence.write_failed", reason=type(error).__name__)
                    self._changed.update(batch)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _record(self, users: list[UUID]) -> None:
        present = [user for user in users if user in self._connections]
        absent = [user for user in users if user not in self._connections]
        await queries.record(self._database, self.process, present, absent)

    async def _announce(self, users: list[UUID]) -> None:
        for appearance in await queries.appearances(self._database, users):
            for payload in _payloads(appearance):
                self._bus.publish(payload)

    async def _beat(self) -> None:
        while True:
            try:
                if await queries.beat(self._database, self.process, datetime.now(UTC)):
                    self._changed.update(self._connections)  # the others have announced them as gone
                    self._pending.set()
                now = datetime.now(UTC)
                await self._announce(await queries.bury(self._database, now - self._rhythm.dead_after))
            except TROUBLE as error:
                log.warning("presence.beat_failed", reason=type(error).__name__)
            await asyncio.sleep(self._rhythm.beat_seconds)


def _payloads(appearance: Appearance) -> Iterator[str]:
    """What to publish: several for somebody in very many servers, since PostgreSQL takes less than 8,000 bytes."""
    seen = PresenceUpdate(appearance.user_id, appearance.status, appearance.custom_status, appearance.activity)
    for first in range(0, len(appearance.servers), AUDIENCE_LIMIT):
        yield msgspec.json.encode(
            {
                "type": "PRESENCE_UPDATE",
                "key": str(appearance.user_id),
                "audience": appearance.servers[first : first + AUDIENCE_LIMIT],
                "data": seen,
            }
        ).decode()
