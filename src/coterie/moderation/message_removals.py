"""Remove a banned user's messages from a server, and restore them; the work is finished even if a process dies.

The work to do is in `message_removals`. Every process works on it, a bounded batch in each transaction: the tombstones,
the original messages, and the progress are committed together. Batches use the same code as all changes to messages, so
that positions, counts and events are those of any deletion. One process at a time works on a row; its lock is taken
before those of topics, and nothing waits for it.
"""

from datetime import timedelta
from typing import Final

from coterie.database.connection import Connection, Database
from coterie.database.recurring import Recurring
from coterie.log.append import lock
from coterie.messages.actions import carry_out
from coterie.messages.author import SystemAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.operations import delete, restore
from coterie.moderation import message_removal_queries as queries
from coterie.moderation.message_removal_queries import Removal

SWEEP_SECONDS: Final = 10.0
WINDOW: Final = 500
"""Messages that one batch looks at, or restores."""

FIRST_BATCHES: Final = 10
"""Batches that the request for the ban does itself."""

KEPT: Final = timedelta(days=7)
"""How long what was removed can be restored."""

FILES_KEPT: Final = KEPT + timedelta(days=1)


class Removals:
    """Removes and restores messages."""

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


async def step(database: Database) -> bool:
    """Do one batch of the waiting work; False if there is none."""
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
        await queries.store_removed(connection, removal.id, window.found)
        await queries.keep_files(connection, window.found, removal.created_at + FILES_KEPT)
        await carry_out(connection, [ChangeRequest(each, _author(removal), delete()) for each in window.found])
    is_last = window.count < WINDOW or window.newest < removal.since
    await queries.move_on(connection, removal.id, channel_id, 0 if is_last else window.reached)


async def _restore_some(connection: Connection, removal: Removal) -> None:
    removed = await queries.removed(connection, removal.id, WINDOW)
    if not removed:
        await queries.delete(connection, removal.id)
        return
    ids = [each.message_id for each in removed]
    await lock(connection, {each.channel_id for each in removed})
    await queries.restore_parts(connection, ids)
    author = _author(removal)
    await carry_out(connection, [ChangeRequest(each.message_id, author, restore(each.original)) for each in removed])
    await queries.restore_mentions(connection, ids)
    await queries.drop_removed(connection, ids)


def _author(removal: Removal) -> SystemAuthor:
    """A ban applies to every channel of its server, whatever the moderator can do in each."""
    return SystemAuthor(removal.removed_by or removal.author_id)
