"""The last step of changing: every change with its position, and the notification of the bus.

A handful of statements, whatever the number of changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.log import append, versions
from coterie.log.event import Event
from coterie.messages import parts, pin_messages, polls, queries, scheduled
from coterie.messages.changing.attempt import ChangeAttempt
from coterie.messages.changing.place import Placed
from coterie.messages.events import event_of
from coterie.messages.models import Message

EDITS_LIMIT: Final = 50
"""Earlier texts that are kept of one message."""


async def write(connection: Connection, placed: Placed, now: datetime) -> None:
    """Write all changes of a batch."""
    changes = placed.changes
    if not changes:
        return
    await queries.rewrite(connection, [change.after for change in changes])
    await _write_parts(connection, changes, now)
    await _write_texts(connection, changes)
    await _audit(connection, changes)
    await versions.record(connection, [change.named for change in changes])
    roots = await queries.uncount(connection, placed.roots) if placed.roots else []
    pins = await pin_messages.add(connection, placed.pins, now) if placed.pins else []
    complete = await parts.with_parts(connection, [*(change.after for change in changes), *roots], None)
    changed, recounted = complete[: len(changes)], complete[len(changes) :]
    events = [_event(change, message) for change, message in zip(changes, changed, strict=True)]
    await append.advance(connection, [*events, *map(_recounted, recounted), *pins])


async def _write_parts(connection: Connection, changes: Sequence[ChangeAttempt], now: datetime) -> None:
    """Store reactions, votes and events; what is deleted loses all its parts."""
    if gone := [change.after.id for change in changes if change.after.deleted]:
        await parts.clear_parts(connection, gone)
        await queries.clear_edits(connection, gone)
    given = [(change.after, change.request.actor_id, change.change) for change in changes]
    if reacted := [(message.id, actor, *it.reaction) for message, actor, it in given if it.reaction]:
        await parts.set_reactions(connection, reacted, now)
    if voted := [(message, actor, ballot) for message, actor, it in given if (ballot := it.ballot)]:
        await polls.write(connection, voted, now)
    if planned := [(message, actor, event) for message, actor, it in given if (event := it.event)]:
        await scheduled.write(connection, planned, now)


async def _write_texts(connection: Connection, changes: Sequence[ChangeAttempt]) -> None:
    """Store the earlier texts, and what the new ones mention."""
    if edited := [(change.before, change.after) for change in changes if change.has_new_text]:
        await queries.insert_edits(connection, edited, EDITS_LIMIT)
    if mentioned := [change.mentioned for change in changes if change.has_new_mentions]:
        await queries.replace_mentions(connection, mentioned)


async def _audit(connection: Connection, changes: Sequence[ChangeAttempt]) -> None:
    """Record what moderators did to other people's messages; of what a ban deletes, the ban itself is enough."""
    entries = [
        AuditEntry(structure.server_id, change.request.actor_id, action, change.before.id)
        for change in changes
        if (structure := change.authority.structure) is not None and (action := change.recorded) is not None
    ]
    if entries:
        await record(connection, *entries)


def _event(change: ChangeAttempt, complete: Message) -> Event:
    extra = append.encoded(change.change.extra) if change.change.extra else ""
    return event_of(complete, change.change.type, change.name, extra)


def _recounted(root: Message) -> Event:
    return event_of(root, "MESSAGE_DELETE" if root.deleted else "MESSAGE_UPDATE")
