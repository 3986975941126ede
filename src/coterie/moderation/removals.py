"""Taking a banned one's messages out of a server, and bringing them back; finished whatever dies in between.

What is to be done stands in `message_removals`. Every process works it off, a bounded batch in each transaction: the
tombstones, what the messages were, and how far it has come are committed together. Batches go through the one machinery
of changes to messages, so that positions, counts and events are as for any deletion. A row is worked on by one process
at a time; its lock is taken before those of topics, and nothing waits for it.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection, Database
from coterie.log.append import lock
from coterie.messages.changes import ChangeRequest, carry_out
from coterie.messages.deeds import delete, restore
from coterie.moderation import removal_queries as queries
from coterie.moderation.removal_queries import Removal
from coterie.permissions import bits
from coterie.permissions.rights import Seen
from coterie.recurring import Recurring

SWEEP_SECONDS: Final = 10.0
WINDOW: Final = 500
"""Messages that one batch looks at, or brings back."""

FIRST_BATCHES: Final = 10
"""Batches that the request which bans does itself."""

KEPT: Final = timedelta(days=7)
"""How long what was removed can be brought back."""

FILES_KEPT: Final = KEPT + timedelta(days=1)


class Removals:
    """Works off what is to be removed and brought back, and forgets what cannot be brought back any more."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self.recurring: Final = Recurring("removals", self._work_off, SWEEP_SECONDS)

    async def begin(self) -> None:
        """Do the first batches now and have the rest done soon."""
        for _ in range(FIRST_BATCHES):
            if not await step(self._database):
                return
        self.recurring.wake()

    async def _work_off(self) -> None:
        while await step(self._database):
            pass
        await queries.forget(self._database, datetime.now(UTC) - KEPT)


async def step(database: Database) -> bool:
    """Do one batch of what waits; False if nothing does."""
    async with database.acquire() as connection, connection.transaction():
        removal = await queries.claim(connection)
        if removal is None:
            return False
        if removal.state == "removing":
            await _remove_some(connection, removal)
        else:
            await _restore_some(connection, removal)
        return True


async def _remove_some(connection: Connection, removal: Removal) -> None:
    channel_id = await queries.next_channel(connection, removal)
    if channel_id is None:
        await queries.finish(connection, removal.id)
        return
    before = removal.before_seq if channel_id == removal.channel_id else queries.END
    window = await queries.window(connection, removal, channel_id, before, WINDOW)
    if window.found:
        await lock(connection, [channel_id])
        await queries.keep(connection, removal.id, window.found)
        await queries.keep_files(connection, window.found, removal.created_at + FILES_KEPT)
        await carry_out(connection, _requests(removal, window.found), _moderator(removal))
    is_last = window.count < WINDOW or window.newest < removal.since
    await queries.move_on(connection, removal.id, channel_id, 0 if is_last else window.reached)


async def _restore_some(connection: Connection, removal: Removal) -> None:
    kept = await queries.kept(connection, removal.id, WINDOW)
    if not kept:
        await queries.delete(connection, removal.id)
        return
    ids = [each.message_id for each in kept]
    await lock(connection, {each.channel_id for each in kept})
    await queries.restore_parts(connection, ids)
    actor = removal.removed_by or removal.author_id
    requests = [ChangeRequest(each.message_id, actor, restore(each.restored)) for each in kept]
    await carry_out(connection, requests, _moderator(removal))
    await queries.restore_calls(connection, ids)
    await queries.drop_kept(connection, ids)


def _requests(removal: Removal, messages: list[UUID]) -> list[ChangeRequest]:
    actor = removal.removed_by or removal.author_id
    return [ChangeRequest(message, actor, delete()) for message in messages]


def _moderator(removal: Removal) -> Seen:
    """A ban reaches every channel of its server, whatever its giver may do in each."""
    return Seen(removal.removed_by or removal.author_id, bits.EVERY)
