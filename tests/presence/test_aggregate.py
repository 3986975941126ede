"""The presence that others receive, against a model: any events, on any number of processes, in any order.

Any number of events at the same time, then all comes to rest. The last that was sent about each user must be how
they appear, nothing is sent twice in a row, and nothing at all about users who were invisible before and after.
"""

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from coterie.accounts.models import ProfileChange, Status
from coterie.database.connection import Database
from coterie.presence import queries
from coterie.presence.tracker import Presence, Rhythm
from coterie.profiles import actions
from tests.log.world import until
from tests.patience import PATIENCE
from tests.presence.test_tracker import Ear, die, kill, process, somebody

SLOW = Rhythm(beat_seconds=0.2, dead_after=timedelta(minutes=10))
STATUSES: tuple[Status, ...] = ("online", "away", "dnd", "offline")
PEOPLE, PROCESSES, STEPS, ROUNDS = 4, 3, 12, 5


@dataclass
class Model:
    """The true state, kept as simply as possible."""

    sockets: Counter[tuple[int, UUID]] = field(default_factory=Counter)
    status: dict[UUID, Status] = field(default_factory=dict)
    activity: dict[UUID, str | None] = field(default_factory=dict)

    def shown(self, user: UUID) -> tuple[str, str | None]:
        is_there = any(count for (_, who), count in self.sockets.items() if who == user)
        is_seen = is_there and self.status[user] != "offline"
        return (self.status[user], self.activity[user]) if is_seen else ("offline", None)


@dataclass
class Play:
    """Some processes with their users, one of which receives everything that is sent."""

    database: Database
    ear: Ear
    users: list[UUID]
    chance: random.Random
    processes: list[Presence] = field(default_factory=list)
    model: Model = field(default_factory=Model)

    async def start(self) -> None:
        self.model.status = dict.fromkeys(self.users, "online")
        self.model.activity = dict.fromkeys(self.users)
        self.processes = [Presence(self.database, SLOW) for _ in range(PROCESSES)]
        for presence in self.processes:
            await presence.start()

    async def step(self) -> None:
        """One event; the next need not wait for its consequences."""
        number, user = self.chance.randrange(len(self.processes)), self.chance.choice(self.users)
        operation = self.chance.choice([self._arrive, self._arrive, self._depart, self._depart, self._edit, self._end])
        await operation(number, user)

    async def _arrive(self, number: int, user: UUID) -> None:
        self.processes[number].arrive(user)
        self.model.sockets[number, user] += 1

    async def _depart(self, number: int, user: UUID) -> None:
        if self.model.sockets[number, user]:
            self.processes[number].depart(user)
            self.model.sockets[number, user] -= 1

    async def _edit(self, _: int, user: UUID) -> None:
        status, activity = self.chance.choice(STATUSES), self.chance.choice([None, "Chess", "Go"])
        await actions.edit(self.database, user, ProfileChange(status=status, activity=activity))
        self.model.status[user], self.model.activity[user] = status, activity

    async def _end(self, number: int, _: UUID) -> None:
        """Now and then a process stops, or is killed, and another starts; its users have to connect again."""
        if self.chance.random() < 0.6:
            return
        ending = self.processes[number]
        if self.chance.random() < 0.5:
            await kill(ending)
            await die(ending)
        else:
            await ending.stop()
        for user in self.users:
            self.model.sockets[number, user] = 0
        self.processes[number] = Presence(self.database, SLOW)
        await self.processes[number].start()

    def last_told(self, user: UUID) -> tuple[str, str | None]:
        told = self.ear.told(user)
        return (told[-1]["data"]["status"], told[-1]["data"]["activity"]) if told else ("offline", None)

    async def rest(self) -> None:
        """Until everyone has received how everyone appears, and the database says the same."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self.is_at_rest():  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
        except TimeoutError:
            told = {user: (self.last_told(user), self.model.shown(user)) for user in self.users}
            pytest.fail(f"told and true: {told}, found: {await self.found()}")

    async def is_at_rest(self) -> bool:
        shown = {user: self.model.shown(user) for user in self.users}
        return {user: self.last_told(user) for user in self.users} == shown == await self.found()

    async def found(self) -> dict[UUID, tuple[str, str | None]]:
        """How each user appears to themselves in the database."""
        seen = {user: (await queries.seen_by(self.database, user, [user]))[user] for user in self.users}
        return {user: (person.status, person.activity) for user, person in seen.items()}

    async def stop(self) -> None:
        for presence in self.processes:
            await presence.stop()


@pytest.mark.parametrize("seed", range(4))
async def test_the_last_announcement_is_true(pool: Database, database_url: str, seed: int) -> None:
    users = [await somebody(pool) for _ in range(PEOPLE)]
    async with process(pool, database_url) as (_, ear):
        play = Play(pool, ear, users, random.Random(seed))
        await play.start()
        for _ in range(ROUNDS):
            for _ in range(STEPS):
                await play.step()
                if play.chance.random() < 0.3:
                    await asyncio.sleep(play.chance.random() * 0.02)
            await play.rest()
        await play.stop()
        await until(lambda: all(play.last_told(user)[0] == "offline" for user in users))
    for user in users:
        told = [each["data"] for each in ear.told(user)]
        assert all(one != following for one, following in itertools.pairwise(told)), "nothing is told twice"
        assert [each["position"] for each in ear.told(user)] == sorted({each["position"] for each in ear.told(user)})
