"""The viewer's own votes and answers, in the events of messages that are polls or scheduled events.

The log has the results, which are the same for everyone. Before the gateway sends them, they get what the viewer has
voted, and nothing about anyone else. All who receive an event in this process are looked up together. Questions that
arrive while a statement is under way wait for the next, so nobody is sent votes that are older than the event.
"""

import asyncio
from contextvars import Context
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.connection import Database
from coterie.log.append import encoded
from coterie.log.event import Event, fields
from coterie.messages import polls, scheduled
from coterie.messages.models import Poll, ScheduledEvent
from coterie.messages.poll_operations import CHANGED


class Polling(msgspec.Struct, frozen=True):
    """What is read of a message that is a poll or a scheduled event."""

    poll: Poll | None = None
    event: ScheduledEvent | None = None


class OwnVotes:
    """Puts the viewers' own votes and answers into events. At most one question of each viewer waits."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._asked: dict[tuple[UUID, UUID], asyncio.Future[tuple[int, ...]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def personal(self, event: Event, user_id: UUID) -> Event:
        """The event as the user sees it."""
        chosen = await self._chosen(UUID(event.key), user_id)
        if event.personal is None:
            event.personal = {}
        if chosen not in event.personal:
            event.personal[chosen] = _with_votes(event, chosen)
        return event.personal[chosen]

    async def _chosen(self, poll_id: UUID, user_id: UUID) -> tuple[int, ...]:
        """The numbers of the options that a user has chosen in a poll, or of the answer to an event."""
        asked = (poll_id, user_id)
        if asked not in self._asked:
            self._asked[asked] = asyncio.get_running_loop().create_future()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), context=Context())  # not that of the caller who started it
        return await asyncio.shield(self._asked[asked])

    async def _run(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                await self._answer(asked)
        finally:
            self._task = None

    async def _answer(self, asked: dict[tuple[UUID, UUID], asyncio.Future[tuple[int, ...]]]) -> None:
        try:
            found = await polls.chosen(self._database, list(asked))
        except Exception as error:  # each connection that waits ends with it, and resumes
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # it may be that nobody waits any more
        else:
            for each, future in asked.items():
                future.set_result(tuple(found.get(each, ())))


def _with_votes(event: Event, chosen: tuple[int, ...]) -> Event:
    found = msgspec.json.decode(event.data, type=Polling)
    besides: dict[str, object] = {}
    if found.event is not None:
        besides["event"] = scheduled.of_viewer(found.event, chosen)
    elif found.poll is not None:
        besides["poll"] = poll = polls.of_viewer(found.poll, chosen)
        if event.type == CHANGED:
            besides |= {"poll_id": poll.id, "updated_poll": poll}
    if event.extra:
        besides |= fields.decode(event.extra)
    return event.with_extra(encoded(besides))
