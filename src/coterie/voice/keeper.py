"""Keeps voice states in step with who is really connected.

A voice state belongs to the session that joined, and is held by the process to which a socket of that session is
connected. When the last socket closes, or its process dies, the voice state is kept for a grace period, so that nobody
is disconnected by reloading a page or by a restart of the server; then it ends, and everyone is notified. Every process
takes care of voice states that no process holds, and of calls that have rung too long, so it does not matter which of
them is alive. A user who loses the right to a channel loses the voice state at once.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Final
from uuid import UUID

import structlog

from coterie.database.trouble import TROUBLE, report
from coterie.log.append import append, lock
from coterie.log.hub import Hub
from coterie.permissions.context import ActionContext
from coterie.viewer import Viewer
from coterie.voice import call_queries, calls, changes, permissions, queries
from coterie.voice.call_tracker import CallTracker

RETRY_SECONDS: Final = 1.0
LONG_AGO: Final = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VoiceRhythm:
    """How often voice states are checked, how long a process may be silent, how long a voice state is kept without a
    process, and how long a call rings.

    A process that is considered dead by mistake holds its voice states again at its next beat, so the grace period must
    be longer.
    """

    beat_seconds: float
    silence: timedelta
    grace: timedelta
    ring: timedelta = timedelta(seconds=45)


RHYTHM: Final = VoiceRhythm(beat_seconds=5.0, silence=timedelta(seconds=12.5), grace=timedelta(seconds=15))


class Keeper:
    """The sockets of this process, by session, and the voice states they hold. `process` is its id in `processes`."""

    def __init__(self, context: ActionContext, hub: Hub, process: UUID, rhythm: VoiceRhythm = RHYTHM) -> None:
        self._context: Final = context
        self._database: Final = context.database
        self._process: Final = process
        self._rhythm: Final = rhythm
        self.calls: Final = CallTracker(context.database, hub, self._request_check)
        self._sockets: Final[Counter[UUID]] = Counter()
        self._users: Final[Counter[UUID]] = Counter()
        self._connected: set[UUID] = set()
        self._disconnected: dict[UUID, bool] = {}
        self._joined: set[UUID] = set()
        self._to_check: set[UUID] = set()
        self._pending: Final = asyncio.Event()
        self._tasks: Final[list[asyncio.Task[None]]] = []

    async def start(self) -> None:
        await queries.renew_grace(self._database, datetime.now(UTC))
        self._tasks.extend((asyncio.create_task(self._follow_sockets()), asyncio.create_task(self._beat())))

    async def stop(self) -> None:
        """Release the voice states to whichever processes their users reconnect to."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.calls.stop_unused(())
        try:
            await queries.release_all(self._database, self._process, datetime.now(UTC))
        except TROUBLE as error:
            log.warning("voice.goodbye_failed", reason=type(error).__name__)

    def arrive(self, viewer: Viewer) -> None:
        """Count a socket of this session that is connected here."""
        self._users[viewer.user_id] += 1
        self._sockets[viewer.session_id] += 1
        if self._sockets[viewer.session_id] == 1:
            self._disconnected.pop(viewer.session_id, None)
            self._connected.add(viewer.session_id)
            self._pending.set()

    def depart(self, viewer: Viewer, *, is_final: bool) -> None:
        """A socket has closed; `is_final` if its session ended, so that it cannot come back to its voice state."""
        if _less(self._users, viewer.user_id):
            self.calls.forget(viewer.user_id)
        if _less(self._sockets, viewer.session_id):
            self._connected.discard(viewer.session_id)
            self._disconnected[viewer.session_id] = is_final
            self._pending.set()

    def holder(self, viewer: Viewer) -> UUID | None:
        """The process that holds a new voice state of this session: this one, or none that is known yet."""
        return self._process if viewer.session_id in self._sockets else None

    def note_join(self, topic: UUID) -> None:
        """A session that is connected here has just joined a channel of this topic."""
        self._joined.add(topic)
        self._pending.set()

    def _request_check(self, topic: UUID) -> None:
        self._to_check.add(topic)
        self._pending.set()

    async def _follow_sockets(self) -> None:
        """Store what changed, with one statement for all that has collected; check topics whose permissions changed."""
        while True:
            await self._pending.wait()
            self._pending.clear()
            connected, self._connected = self._connected, set()
            disconnected, self._disconnected = self._disconnected, {}
            joined, self._joined = self._joined, set()
            to_check, self._to_check = self._to_check, set()
            try:
                await self._write(connected, disconnected)
                for topic in joined:
                    await self.calls.follow(topic)
                await self._check(joined | to_check)
            except Exception as error:  # any error: nothing else keeps the voice states of users connected here
                report(log, "voice.write_failed", error)
                await asyncio.sleep(RETRY_SECONDS)  # the next beat finds what was not stored

    async def _write(self, connected: set[UUID], disconnected: dict[UUID, bool]) -> None:
        now = datetime.now(UTC)
        if connected:
            await queries.hold(self._database, self._process, list(connected))
        for is_final, since in ((False, now), (True, now - LONG_AGO)):
            if sessions := [session for session, final in disconnected.items() if final is is_final]:
                await queries.release(self._database, self._process, sessions, since)
        if any(disconnected.values()):
            await self._end_abandoned()

    async def _beat(self) -> None:
        while True:
            try:
                now = datetime.now(UTC)
                await queries.release_dead(self._database, now - self._rhythm.silence, now)
                await self._compare(now)
                await self._end_abandoned()
                await self._end_ringing(now - self._rhythm.ring)
            except Exception as error:  # any error: as above
                report(log, "voice.beat_failed", error)
            await asyncio.sleep(self._rhythm.beat_seconds)

    async def _compare(self, now: datetime) -> None:
        """Compare the stored voice states with the sockets that are here, and follow their topics."""
        found = await queries.holdings(self._database, self._process)
        here = [holding for holding in found if holding.session_id in self._sockets]
        if lost := [each.session_id for each in found if each.is_held and each.session_id not in self._sockets]:
            await queries.release(self._database, self._process, lost, now)
        if back := [each.session_id for each in here if not each.is_held]:
            await queries.hold(self._database, self._process, back)
        for topic in {each.topic for each in here}:
            await self.calls.follow(topic)
        self.calls.stop_unused(self._users)
        await self._check({each.topic for each in found})

    async def _end_abandoned(self) -> None:
        before = datetime.now(UTC) - self._rhythm.grace
        found = await queries.abandoned(self._database, before)
        for topic, pairs in groupby(found, key=itemgetter(0)):
            await self._end(topic, [user for _, user in pairs], before)

    async def _end(self, topic: UUID, users: list[UUID], before: datetime) -> None:
        async with self._database.acquire() as connection, connection.transaction():
            await lock(connection, [topic])
            gone = set(await queries.still_abandoned(connection, users, before))
            states = [each for each in await queries.states_of(connection, topic) if each.user_id in gone]
            if ended := await changes.ended(connection, states):
                await append(connection, *ended)

    async def _end_ringing(self, started_before: datetime) -> None:
        for conversation in await call_queries.ringing(self._database, started_before):
            async with self._database.acquire() as connection, connection.transaction():
                await lock(connection, [conversation])
                await append(connection, *await calls.unanswered(connection, conversation, started_before))

    async def _check(self, topics: set[UUID]) -> None:
        """End the voice states in these topics whose users may no longer be there; update who may speak."""
        for topic in topics:
            await permissions.apply(self._context, topic)


def _less(counter: Counter[UUID], key: UUID) -> bool:
    """Count one less; True if none is left."""
    counter[key] -= 1
    if counter[key] > 0:
        return False
    del counter[key]
    return True
