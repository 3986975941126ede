"""Who is connected to this process, kept in the database so that every process can tell who is online.

Presence is fleeting: it travels over the bus, not through the log. Comings and goings collect while the last ones are
written, so a crowd that reconnects at once costs a few statements, not one for each. A process that stops beating is
taken for dead by the others, which then announce the people it took along.

What changes how somebody appears is written, and told if others would see a difference, in one transaction that holds
them; so nobody learns when somebody invisible comes or goes, and what is told last is how it is.
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
from coterie.presence import expiry, queries
from coterie.presence.models import Look, Why
from coterie.presence.telling import tell

RETRY_SECONDS: Final = 1.0
BATCH_LIMIT: Final = 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a process says that it lives, and how long it may be silent; the same for all processes."""

    beat_seconds: float
    dead_after: timedelta


RHYTHM: Final = Rhythm(beat_seconds=5.0, dead_after=timedelta(seconds=16))


class Presence:
    """The connections of this process, and the announcements of who came and went."""

    def __init__(self, database: Database, rhythm: Rhythm = RHYTHM) -> None:
        self._rhythm: Final = rhythm
        self._database: Final = database
        self.process: Final = new_id()
        self._connections: Final[Counter[UUID]] = Counter()
        self._changed: Final[dict[UUID, Why]] = {}
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
            await self._leave()
        except TROUBLE as error:
            log.warning("presence.goodbye_failed", reason=type(error).__name__)

    def arrive(self, user_id: UUID) -> None:
        """Count one more connection of a user."""
        self._connections[user_id] += 1
        if self._connections[user_id] == 1:
            self._look(user_id, Why.MOVED)

    def depart(self, user_id: UUID) -> None:
        """Count one connection less."""
        self._connections[user_id] -= 1
        if self._connections[user_id] <= 0:
            del self._connections[user_id]
            self._look(user_id, Why.MOVED)

    def announce(self, user_id: UUID) -> None:
        """Tell others how a user appears now, also if nothing changed: after more of them came to see it."""
        self._look(user_id, Why.ASKED)

    def _look(self, user_id: UUID, why: Why) -> None:
        self._changed[user_id] = max(why, self._changed.get(user_id, why))
        self._pending.set()

    async def _write(self) -> None:
        while True:
            await self._pending.wait()
            self._pending.clear()
            while self._changed:
                batch = dict(self._changed.popitem() for _ in range(min(len(self._changed), BATCH_LIMIT)))
                try:
                    await self._settle(batch)
                except Exception as error:  # whatever it is: nobody else would tell of these people, or of any
                    report(log, "presence.write_failed", error)
                    for user, why in batch.items():
                        self._look(user, why)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _settle(self, batch: dict[UUID, Why]) -> None:
        """Write who is connected here and who is not, and tell what others see of it."""
        now = datetime.now(UTC)
        looks = [Look(user, why, now) for user, why in batch.items()]
        present = [user for user in batch if user in self._connections]
        absent = [user for user in batch if user not in self._connections]
        async with self._database.acquire() as connection, connection.transaction():
            await queries.hold(connection, looks)
            await queries.record(connection, self.process, present, absent)
            await tell(connection, looks)

    async def _leave(self) -> None:
        """Tell of everybody who counts as connected here, also who left a moment ago and was not written down yet."""
        now = datetime.now(UTC)
        async with self._database.acquire() as connection, connection.transaction():
            users = await queries.connected_to(connection, self.process)
            looks = [Look(user, Why.MOVED, now) for user in users]
            await queries.hold(connection, looks)
            await queries.forget(connection, self.process)
            await tell(connection, looks)

    async def _beat(self) -> None:
        while True:
            try:
                if await queries.beat(self._database, self.process, datetime.now(UTC)):
                    for user in self._connections:  # the others have announced them as gone
                        self._look(user, Why.MOVED)
                await self._bury(datetime.now(UTC) - self._rhythm.dead_after)
                await expiry.sweep(self._database, datetime.now(UTC))
            except Exception as error:  # whatever it is: without a beat the process counts as dead
                report(log, "presence.beat_failed", error)
            await asyncio.sleep(self._rhythm.beat_seconds)

    async def _bury(self, silent_since: datetime) -> None:
        """Announce whom dead processes took along; they were last seen when their process was."""
        async with self._database.acquire() as connection, connection.transaction():
            if looks := await queries.bury(connection, silent_since):
                await queries.hold(connection, looks)
                await tell(connection, looks)
