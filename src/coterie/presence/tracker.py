"""Who is connected to this process, kept in the database so that every process can tell who is online.

Presence is transient: it travels over the bus, not through the log. Arrivals and departures collect while the previous
ones are written, so a crowd that reconnects at once costs a few statements, not one for each user. If a process stops
beating, the others consider it dead and announce that its users are gone.

Whatever changes how a user appears is written, and sent if others would see a difference, in one transaction that holds
the user. So nobody can tell when an invisible user comes or goes, and what was sent last is true.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from coterie.database.connection import Database
from coterie.database.trouble import TROUBLE, report
from coterie.identifiers import new_id
from coterie.presence import queries, status_lines
from coterie.presence.models import CheckReason, PresenceCheck
from coterie.presence.publishing import publish

RETRY_SECONDS: Final = 1.0
BATCH_LIMIT: Final = 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a process reports that it is alive, and how long it may be silent; the same for all processes."""

    beat_seconds: float
    dead_after: timedelta


RHYTHM: Final = Rhythm(beat_seconds=5.0, dead_after=timedelta(seconds=16))


class Presence:
    """Counts the connections of this process, and announces who came and went."""

    def __init__(self, database: Database, rhythm: Rhythm = RHYTHM) -> None:
        self._rhythm: Final = rhythm
        self._database: Final = database
        self.process: Final = new_id()
        self._connections: Final[Counter[UUID]] = Counter()
        self._changed: Final[dict[UUID, CheckReason]] = {}
        self._pending: Final = asyncio.Event()
        self._tasks: Final[list[asyncio.Task[None]]] = []

    @property
    def connections(self) -> int:
        """The number of sockets that are open here."""
        return self._connections.total()

    async def start(self) -> None:
        await queries.beat(self._database, self.process)
        self._tasks.extend((asyncio.create_task(self._beat()), asyncio.create_task(self._write())))

    async def stop(self) -> None:
        """Announce that everyone who is connected here has left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._leave()
        except TROUBLE as error:
            log.warning("presence.goodbye_failed", reason=type(error).__name__)

    def arrive(self, user_id: UUID) -> None:
        """Count one more connection of a user."""
        self._connections[user_id] += 1
        if self._connections[user_id] == 1:
            self._check(user_id, CheckReason.CONNECTION)

    def depart(self, user_id: UUID) -> None:
        """Count one connection of a user less."""
        self._connections[user_id] -= 1
        if self._connections[user_id] <= 0:
            del self._connections[user_id]
            self._check(user_id, CheckReason.CONNECTION)

    def announce(self, user_id: UUID) -> None:
        """Send how a user appears now, even if nothing changed: after more users got to see it."""
        self._check(user_id, CheckReason.REPEATED)

    def _check(self, user_id: UUID, reason: CheckReason) -> None:
        self._changed[user_id] = max(reason, self._changed.get(user_id, reason))
        self._pending.set()

    async def _write(self) -> None:
        while True:
            await self._pending.wait()
            self._pending.clear()
            while self._changed:
                batch = dict(self._changed.popitem() for _ in range(min(len(self._changed), BATCH_LIMIT)))
                try:
                    await self._write_batch(batch)
                except Exception as error:  # any error: nothing else would announce these users, or any others
                    report(log, "presence.write_failed", error)
                    for user, reason in batch.items():
                        self._check(user, reason)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _write_batch(self, batch: dict[UUID, CheckReason]) -> None:
        """Record who is connected here and who is not, and send what others see of it."""
        now = datetime.now(UTC)
        checks = [PresenceCheck(user, reason, now) for user, reason in batch.items()]
        present = [user for user in batch if user in self._connections]
        absent = [user for user in batch if user not in self._connections]
        async with self._database.acquire() as connection, connection.transaction():
            await queries.hold(connection, checks)
            await queries.record(connection, self.process, present, absent)
            await publish(connection, checks)

    async def _leave(self) -> None:
        """Announce everyone recorded as connected here, including users who just left and were not written yet."""
        now = datetime.now(UTC)
        async with self._database.acquire() as connection, connection.transaction():
            users = await queries.connected_to(connection, self.process)
            checks = [PresenceCheck(user, CheckReason.CONNECTION, now) for user in users]
            await queries.hold(connection, checks)
            await queries.forget(connection, self.process)
            await publish(connection, checks)

    async def _beat(self) -> None:
        while True:
            try:
                if await queries.beat(self._database, self.process):
                    for user in self._connections:  # the other processes have announced them as gone
                        self._check(user, CheckReason.CONNECTION)
                await self._remove_dead()
                await status_lines.sweep(self._database, datetime.now(UTC))
            except Exception as error:  # any error: without a beat the process is considered dead
                report(log, "presence.beat_failed", error)
            await asyncio.sleep(self._rhythm.beat_seconds)

    async def _remove_dead(self) -> None:
        """Announce that the users of dead processes are gone; they were last seen when their process was."""
        async with self._database.acquire() as connection, connection.transaction():
            if checks := await queries.delete_dead(connection, self._rhythm.dead_after):
                await queries.hold(connection, checks)
                await publish(connection, checks)
