"""System messages: what a history says about itself, such as who joined a group, called, or pinned a message.

Each is a message of type `system`, stored in the transaction of what it tells. It mentions nobody and is not unread,
except for a missed call and for what people are told about an event (`scheduled_events/keeping.py`). It cannot be
edited, deleted, replied to or reacted to. `content` says it in English, `details` in machine-readable form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.log.append import advance, lock
from coterie.log.event import Event
from coterie.messages.author import SystemAuthor
from coterie.messages.events import event_of
from coterie.messages.models import Details
from coterie.messages.queries import COLUMNS, placed


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """A system message to add. Its author names the user who did what it tells."""

    author: SystemAuthor
    content: str
    details: Details


@dataclass(frozen=True, slots=True)
class PlacedSystemMessage:
    """A system message with its place: a conversation or a server's channel, and the position there."""

    channel_id: UUID
    position: int
    message: SystemMessage
    is_in_conversation: bool = True

    @property
    def event_type(self) -> str:
        return "DM_MESSAGE_CREATE" if self.is_in_conversation else "MESSAGE_CREATE"


async def add(connection: Connection, conversation_id: UUID, *messages: SystemMessage) -> None:
    """Add system messages to a conversation, if it still exists; the caller has locked its topic."""
    if not messages:
        return
    position = (await lock(connection, [conversation_id])).get(conversation_id)
    if position is not None:
        given = [PlacedSystemMessage(conversation_id, position + n, each) for n, each in enumerate(messages, start=1)]
        await advance(connection, await insert(connection, given, datetime.now(UTC)))


async def insert(connection: Connection, given: Sequence[PlacedSystemMessage], now: datetime) -> list[Event]:
    """Store system messages at positions that the caller has taken; returns their events, which the caller sends."""
    ids = [new_id() for _ in given]
    rows = await connection.fetch(
        f"""
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, type, type_details, created_at)
        SELECT id, channel_id, author_id, position, position, content, 'system', details::json, $7
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[])
            AS given (id, channel_id, position, author_id, content, details)
        RETURNING {COLUMNS}
        """,
        ids,
        [each.channel_id for each in given],
        [each.position for each in given],
        [each.message.author.user_id for each in given],
        [each.message.content for each in given],
        [msgspec.json.encode(each.message.details).decode() for each in given],
        now,
    )
    stored = {row["id"]: placed(row) for row in rows}
    return [event_of(stored[id], each.event_type) for id, each in zip(ids, given, strict=True)]
