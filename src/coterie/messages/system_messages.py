"""System messages: what a history says about itself, such as who joined a group, called, or pinned a message.

Each is a message of type `system`, stored in the transaction of what it tells. It is not unread, except for a missed
call and for what people are told about an event (`scheduled_events/keeping.py`), which also mentions them. It cannot be
edited, deleted, replied to or reacted to. `content` says it in English, `details` in machine-readable form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.log.event import Event
from coterie.messages.author import SystemAuthor
from coterie.messages.events import event_of
from coterie.messages.models import Details
from coterie.messages.queries import COLUMNS, placed


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """A system message to add. Its author names the user who did what it tells; it mentions the `people`."""

    author: SystemAuthor
    content: str
    details: Details
    reply_to: UUID | None = None
    people: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class PlacedSystemMessage:
    """A system message with its place: a conversation or a server's channel, and the position there."""

    channel_id: UUID
    position: int
    message: SystemMessage


class SystemRow(msgspec.Struct, frozen=True):
    """What the statement is given; `details` are JSON."""

    id: UUID
    channel_id: UUID
    author_id: UUID | None
    position: int
    content: str
    details: str
    reply_to: UUID | None
    people: list[UUID]
    created_at: datetime


GIVEN: Final = columns(SystemRow)


async def insert(connection: Connection, given: Sequence[PlacedSystemMessage], now: datetime) -> list[Event]:
    """Store system messages at positions that the caller has taken; returns their events, which the caller sends."""
    rows = await connection.fetch(
        f"""
        WITH given AS (
            SELECT * FROM {GIVEN.given}
        ), mentioned AS (
            INSERT INTO mentions (channel_id, target_id, seq, created_at, in_thread)
            SELECT channel_id, unnest(people::uuid[]), position, created_at, FALSE FROM given
        )
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, type, type_details, reply_to,
                              mention_user_ids, created_at)
        SELECT id, channel_id, author_id, position, position, content, 'system', details::json, reply_to,
               people::uuid[], created_at
        FROM given
        RETURNING {COLUMNS},
            EXISTS (SELECT FROM channels WHERE channels.id = channel_id AND server_id IS NULL) AS is_in_conversation
        """,
        *GIVEN.arrays([_row(each, now) for each in given]),
    )
    return [
        event_of(placed(row), "DM_MESSAGE_CREATE" if row["is_in_conversation"] else "MESSAGE_CREATE")
        for row in sorted(rows, key=lambda row: (row["channel_id"], row["seq"]))
    ]


def _row(given: PlacedSystemMessage, now: datetime) -> SystemRow:
    message = given.message
    return SystemRow(
        new_id(),
        given.channel_id,
        message.author.user_id,
        given.position,
        message.content,
        msgspec.json.encode(message.details).decode(),
        message.reply_to,
        list(message.people),
        now,
    )
