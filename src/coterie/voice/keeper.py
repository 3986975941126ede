"""Keeps the places in voice channels true to who is really connected.

A place belongs to the session that took it, and is held by the process to which a socket of that session is connected.
When the last one goes, or its process dies, the place is kept for a short grace, so that a page that is loaded again or
a server that restarts costs nobody their place; then it ends, and everybody is told. Every process looks after what is
held by nobody, so it does not matter which of them lives. Whoever loses the right to a channel loses the place at once.
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

from coterie.accounts.models import Viewer
from coterie.community import Community
from coterie.database.trouble import TROUBLE, report
from coterie.log.append import append, lock
from coterie.log.hub import Hub
from coterie.voice import changes, queries, rights
from coterie.voice.rooms import Rooms

RETRY_SECONDS: Final = 1.0
LONG_AGO: Final = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often places are looked after, how long a process may be silent, and how long a place is kept.

    A process that is taken for dead by mistake holds its places again at its next beat, so the grace must be longer.
    """

    beat_seconds: float
    silence: timedelta
    grace: timedelta


RHYTHM: Final = Rhythm(beat_seconds=5.0, silence=timedelta(seconds=12.5), grace=timedelta(seconds=15))


class Keeper:
    """The sockets of this process, by session, and the places that they hold. `process` is its id among the living."""

    def __init__(self, community: Community, hub: Hub, process: UUID, rhythm: Rhythm = RHYTHM) -> None:
        self._community: Final = community
        self._database: Final = community.database
        self._process: Final = process
        self._rhythm: Final = rhythm
        self.rooms: Final = Rooms(community.database, hub, self._suspect)
        self._sockets: Final[Counter[UUID]] = Counter()
        self._users: Final[Counter[UUID]] = Counter()
        self._came: set[UUID] = set()
        self._went: dict[UUID, bool] = {}
        self._seats: set[UUID] = set()
        self._suspects: set[UUID] = set()
        self._pending: Final = asyncio.Event()
        self._tasks: Final[list[asyncio.Task[None]]] = []

    async def start(self) -> None:
        await queries.renew_grace(self._database, datetime.now(UTC))
        self._tasks.extend((asyncio.create_task(self._follow_sockets()), asyncio.create_task(self._beat())))

    async def stop(self) -> None:
        """Leave the places to whichever process their people come back to."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.rooms.tidy(())
        try:
            await queries.let_all_go(self._database, self._process, datetime.now(UTC))
        except TROUBLE as error:
            log.warning("voice.goodbye_failed", reason=type(error).__name__)

    def arrive(self, viewer: Viewer) -> None:
        """A socket of this session is connected here."""
        self._users[viewer.user_id] += 1
        self._sockets[viewer.session_id] += 1
        if self._sockets[viewer.session_id] == 1:
            self._went.pop(viewer.session_id, None)
            self._came.add(viewer.session_id)
            self._pending.set()

    def depart(self, viewer: Viewer, *, is_final: bool) -> None:
        """A socket is gone; `is_final` if its session ended, so that nobody will come back to the place."""
        if _less(self._users, viewer.user_id):
            self.rooms.forget(viewer.user_id)
        if _less(self._sockets, viewer.session_id):
            self._came.discard(viewer.session_id)
            self._went[viewer.session_id] = is_final
            self._pending.set()

    def holder(self, viewer: Viewer) -> UUID | None:
        """The process that holds a new place of this session: this one, or none that is known yet."""
        return self._process if viewer.session_id in self._sockets else None

    def seated(self, topic: UUID) -> None:
        """A place of which this topic tells was just taken for a session that is connected here."""
        self._seats.add(topic)
        self._pending.set()

    def _suspect(self, topic: UUID) -> None:
        self._suspects.add(topic)
        self._pending.set()

    async def _follow_sockets(self) -> None:
        """Write down what changed, as one statement for all that collected; where rights changed, look at them."""
        while True:
            await self._pending.wait()
            self._pending.clear()
            came, self._came = self._came, set()
            went, self._went = self._went, {}
            seats, self._seats = self._seats, set()
            suspects, self._suspects = self._suspects, set()
            try:
                await self._write(came, went)
                for topic in seats:
                    await self.rooms.follow(topic)
                await self._check(seats | suspects)
            except Exception as error:  # whatever it is: nobody else would keep the places of who is connected here
                report(log, "voice.write_failed", error)
                await asyncio.sleep(RETRY_SECONDS)  # what was not written is found by the next beat

    async def _write(self, came: set[UUID], went: dict[UUID, bool]) -> None:
        now = datetime.now(UTC)
        if came:
            await queries.hold(self._database, self._process, list(came))
        for is_final, since in ((False, now), (True, now - LONG_AGO)):
            if sessions := [session for session, final in went.items() if final is is_final]:
                await queries.let_go(self._database, self._process, sessions, since)
        if any(went.values()):
            await self._end_abandoned()

    async def _beat(self) -> None:
        while True:
            try:
                now = datetime.now(UTC)
                await queries.release_from_the_dead(self._database, now - self._rhythm.silence, now)
                await self._compare(now)
                await self._end_abandoned()
            except Exception as error:  # whatever it is: as above
                report(log, "voice.beat_failed", error)
            await asyncio.sleep(self._rhythm.beat_seconds)

    async def _compare(self, now: datetime) -> None:
        """Compare what is written down with the sockets that are here, and follow the servers that it is about."""
        found = await queries.holdings(self._database, self._process)
        here = [holding for holding in found if holding.session_id in self._sockets]
        if lost := [each.session_id for each in found if each.is_held and each.session_id not in self._sockets]:
            await queries.let_go(self._database, self._process, lost, now)
        if back := [each.session_id for each in here if not each.is_held]:
            await queries.hold(self._database, self._process, back)
        for topic in {each.topic for each in here}:
            await self.rooms.follow(topic)
        self.rooms.tidy(self._users)
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
            if told := await changes.ended(connection, states):
                await append(connection, *told)

    async def _check(self, topics: set[UUID]) -> None:
        """Whoever is in one of these and may no longer be loses the place; who may (not) speak now is told so."""
        for topic in topics:
            await rights.apply(self._community, topic)


def _less(counter: Counter[UUID], key: UUID) -> bool:
    """Count one less; True if none is left."""
    counter[key] -= 1
    if counter[key] > 0:
        return False
    del counter[key]
    return True
