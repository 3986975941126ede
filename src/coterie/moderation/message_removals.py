"""Remove a banned user's messages from a server, and restore them; the work is finished even if a process dies.

The work to do is in `message_removals`. A job does it, a bounded batch in each transaction: the tombstones, the
original messages, and the progress are committed together. Batches use the same code as all changes to messages, so
that positions, counts and events are those of any deletion. The lock of a row is taken before those of topics.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection, Database
from coterie.jobs.actions import enqueue
from coterie.jobs.models import NOW, JobKind
from coterie.log.append import lock
from coterie.messages.actions import carry_out
from coterie.messages.author import SystemAuthor
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.operations import delete, restore
from coterie.moderation import message_removal_queries as queries
from coterie.moderation.message_removal_queries import Removal

REMOVAL: Final = JobKind(name="message_removal", payload=UUID)
"""Removes or restores the messages of the row with this id."""

SOON: Final = timedelta(seconds=5)
"""When the job begins, so that it does not do the first batches at the same time as the request."""

WINDOW: Final = 500
"""Messages that one batch looks at, or restores."""

FIRST_BATCHES: Final = 10
"""Batches that the request for the ban does itself."""

KEPT: Final = timedelta(days=7)
"""How long what was removed can be restored."""

FILES_KEPT: Final = KEPT + timedelta(days=1)


async def remove(connection: Connection, removal: Removal) -> None:
    """Have messages removed, soon after the transaction."""
    await queries.insert(connection, removal)
    await enqueue(connection, REMOVAL.job(f"removing/{removal.id}", removal.id, SOON))


async def restore_all(connection: Connection, server_id: UUID, author_id: UUID, since: datetime) -> list[UUID] | None:
    """Have everything restored that was removed of a user since; returns the removals, None if there are none."""
    found = await queries.restorable(connection, server_id, author_id, since)
    if not found:
        return None
    begun = await queries.begin_restoring(connection, found)
    await enqueue(connection, *(REMOVAL.job(f"restoring/{each}", each, SOON) for each in begun))
    return found


async def begin(database: Database, removals: Iterable[UUID]) -> None:
    """Do the first batches of removals now; their jobs do the rest."""
    left = list(removals)
    for _ in range(FIRST_BATCHES):
        if not left:
            return
        async with database.acquire() as connection, connection.transaction():
            if await step(connection, left[0]) is None:
                left.pop(0)


async def step(connection: Connection, removal_id: UUID) -> timedelta | None:
    """Do one batch of a removal, in a transaction; None if it is finished."""
    removal = await queries.lock(connection, removal_id)
    if removal is None:
        return None
    if removal.state == "removing":
        await _remove_some(connection, removal)
    else:
        await _restore_some(connection, removal)
    return NOW


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
