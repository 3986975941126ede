"""How far people have read: one mark for each person and channel, which moves back only if its user asks for it.

A mark changes in the reader's own topic, so that what they read on one device is read on all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from msgspec import Struct

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.log.append import Change, append
from coterie.messages.models import Message
from coterie.messages.receipts import Receipts
from coterie.permissions.cache import PermissionCache


@dataclass(frozen=True, slots=True)
class ReadMark:
    """That a user has read a channel up to a message; without one, up to its position when this is stored."""

    user_id: UUID
    channel_id: UUID
    up_to: UUID | None = None


class MarkedPosition(Struct, frozen=True):
    """The value of `read_marks/<channel id>` in a user's own topic."""

    channel_id: UUID
    position: int


async def store(
    database: Database, permissions: PermissionCache, marks: Sequence[ReadMark], *, is_retry: bool
) -> list[CoterieError | None]:
    """Move the marks of a batch in one transaction. Storing a mark again moves nothing."""
    judged = await permissions.judge(database, [(mark.channel_id, mark.user_id) for mark in marks])
    permitted = [mark for mark, authority in zip(marks, judged, strict=True) if authority is not None]
    async with database.acquire() as connection, connection.transaction():
        seen = await move(connection, permitted)
    return [None if mark in seen else CoterieError(errors.NOT_FOUND) for mark in marks]


def note_delivered(permissions: PermissionCache, receipts: Receipts, user_id: UUID, found: Sequence[Message]) -> None:
    """Note that a user who has fetched or written messages of a conversation also has the earlier ones."""
    if found and permissions.is_conversation(found[0].channel_id):
        receipts.reached(user_id, found[0])


async def marks_of(connection: Connection, user_id: UUID) -> list[MarkedPosition]:
    """How far a user has read each channel that they ever marked, as their log has it.

    Deleted channels are included: the end of a mark is not logged, since that would be a change for each reader.
    """
    rows = await connection.fetch(
        """
        SELECT data FROM changes
        WHERE topic_id = $1 AND starts_with(key, 'read_marks/') AND NOT is_removal ORDER BY key
        """,
        user_id,
    )
    return [msgspec.json.decode(row["data"], type=MarkedPosition) for row in rows]


async def move_back(connection: Connection, user_id: UUID, channel_id: UUID, position: int) -> None:
    """Move a user's mark back to a position, inside the caller's transaction; one that is not beyond it stays."""
    moved = await connection.fetchval(
        """
        UPDATE read_marks SET position = $3 WHERE user_id = $1 AND channel_id = $2 AND position > $3
        RETURNING position
        """,
        user_id,
        channel_id,
        position,
    )
    if moved is not None:
        value = MarkedPosition(channel_id, moved)
        await append(connection, Change(user_id, f"read_marks/{channel_id}", "READ_MARK_UPDATE", value))


async def move(connection: Connection, marks: Sequence[ReadMark]) -> set[ReadMark]:
    """Move marks, inside the caller's transaction; returns those whose channels and messages there are."""
    rows = await connection.fetch(
        """
        WITH given AS (
            SELECT given.user_id, given.channel_id, given.up_to, coalesce(named.seq, place.position) AS position
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS given (user_id, channel_id, up_to)
            CROSS JOIN LATERAL (
                SELECT topics.position FROM channels JOIN topics USING (id)
                WHERE channels.id = given.channel_id LIMIT 1
            ) AS place
            LEFT JOIN LATERAL (
                SELECT seq, channel_id FROM messages WHERE messages.id = given.up_to LIMIT 1
            ) AS named ON TRUE
            WHERE given.up_to IS NULL OR named.channel_id = given.channel_id
        ), moved AS (
            INSERT INTO read_marks (user_id, channel_id, position)
            SELECT user_id, channel_id, max(position) FROM given GROUP BY user_id, channel_id
            ORDER BY user_id, channel_id
            ON CONFLICT (user_id, channel_id) DO UPDATE SET position = excluded.position
            WHERE read_marks.position < excluded.position
            RETURNING user_id, channel_id, position
        )
        SELECT given.user_id, given.channel_id, given.up_to, moved.position
        FROM given LEFT JOIN moved USING (user_id, channel_id)
        """,
        [mark.user_id for mark in marks],
        [mark.channel_id for mark in marks],
        [mark.up_to for mark in marks],
    )
    moved = {(row["user_id"], row["channel_id"]): row["position"] for row in rows if row["position"] is not None}
    await append(
        connection,
        *(
            Change(user, f"read_marks/{channel}", "READ_MARK_UPDATE", MarkedPosition(channel, position))
            for (user, channel), position in moved.items()
        ),
    )
    return {ReadMark(row["user_id"], row["channel_id"], row["up_to"]) for row in rows}
