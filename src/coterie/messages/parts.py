"""What belongs to messages besides their rows: reactions and files, and through `polls.py` and `scheduled.py`
what a poll asks and an event announces."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from msgspec.structs import replace

from coterie.database.connection import Connection, Row
from coterie.messages import polls, scheduled
from coterie.messages.models import Attachment, Message, Parts, Poll, ReactionCount, Reactor, ScheduledEvent


async def with_parts(connection: Connection, messages: Sequence[Message], viewer: UUID | None) -> list[Message]:
    """The messages with their files, reactions, polls and events, and what of it is the viewer's own."""
    found = await parts(connection, [message.id for message in messages], viewer)
    asked = await polls.of_messages(connection, messages, viewer)
    planned = await scheduled.of_messages(connection, messages, viewer)
    return [
        _joined(message, found.get(message.id), asked.get(message.id), planned.get(message.id)) for message in messages
    ]


def _joined(message: Message, parts: Parts | None, poll: Poll | None, event: ScheduledEvent | None) -> Message:
    if parts is not None:
        message = replace(message, reactions=parts.reactions, attachments=parts.attachments)
    return message if poll is None and event is None else replace(message, poll=poll, event=event)


async def parts(connection: Connection, messages: Sequence[UUID], viewer: UUID | None) -> dict[UUID, Parts]:
    """The reactions, in the order of their first use, and the files, in the order of their upload, of each message."""
    rows: list[Row] = await connection.fetch(
        """
        SELECT message_id, min(created_at) AS moment, emoji, count(*),
               coalesce(bool_or(user_id = $2), FALSE) AS me, NULL::uuid AS id, NULL AS filename, NULL AS stored_as,
               NULL::bigint AS file_size, NULL AS mime_type, NULL::int AS width, NULL::int AS height,
               NULL::int AS thumbnail_size, NULL AS placeholder
        FROM reactions WHERE message_id = ANY($1) GROUP BY message_id, emoji
        UNION ALL
        SELECT message_id, created_at, NULL, NULL, NULL, id, filename, stored_as,
               file_size, mime_type, width, height, thumbnail_size, placeholder
        FROM attachments WHERE message_id = ANY($1)
        ORDER BY message_id, moment, emoji, id
        """,
        messages,
        viewer,
    )
    found: dict[UUID, Parts] = {}
    for row in rows:
        parts = found.setdefault(row["message_id"], Parts([], []))
        if row["emoji"] is None:
            parts.attachments.append(_attachment(row))
        else:
            parts.reactions.append(ReactionCount(row["emoji"], row["count"], row["me"]))
    return found


def _attachment(row: Row) -> Attachment:
    url = f"/files/{row['message_id']}/{quote(row['stored_as'])}"
    return Attachment(
        id=row["id"],
        message_id=row["message_id"],
        filename=row["filename"],
        file_size=row["file_size"],
        mime_type=row["mime_type"],
        url=url,
        width=row["width"],
        height=row["height"],
        created_at=row["moment"],
        thumbnail_url=f"{url}?size=thumbnail" if row["thumbnail_size"] else None,
        placeholder=row["placeholder"],
    )


async def reactors(
    connection: Connection, message_id: UUID, emoji: str, after: UUID | None, limit: int
) -> list[Reactor]:
    """The users who reacted to a message with one emoji, ordered by id, after one of them."""
    rows = await connection.fetch(
        """
        SELECT user_id, username, display_name, avatar_url, reactions.created_at
        FROM reactions JOIN users ON users.id = user_id
        WHERE message_id = $1 AND emoji = $2 AND user_id > $3 ORDER BY user_id LIMIT $4
        """,
        message_id,
        emoji,
        after or UUID(int=0),
        limit,
    )
    return [Reactor(**row) for row in rows]


async def is_emoji_of(connection: Connection, emoji: UUID, channel_id: UUID) -> bool:
    """Whether this is the id of an emoji of the channel's server."""
    found = await connection.fetchval(
        """
        SELECT TRUE FROM custom_emojis JOIN channels ON channels.server_id = custom_emojis.server_id
        WHERE custom_emojis.id = $1 AND channels.id = $2
        """,
        emoji,
        channel_id,
    )
    return bool(found)


async def set_reactions(
    connection: Connection, reactions: Sequence[tuple[UUID, UUID, str, bool]], now: datetime
) -> None:
    """Add or remove reactions: message, user, emoji, and whether it exists from now on."""
    await connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bool[])
                AS given (message_id, user_id, emoji, stands)
        ), gone AS (
            DELETE FROM reactions USING given
            WHERE NOT stands AND reactions.message_id = given.message_id
              AND reactions.user_id = given.user_id AND reactions.emoji = given.emoji
              AND reactions.message_id = ANY($1)
        )
        INSERT INTO reactions (message_id, user_id, emoji, created_at)
        SELECT message_id, user_id, emoji, $5 FROM given WHERE stands ON CONFLICT DO NOTHING
        """,
        [message for message, _, _, _ in reactions],
        [user for _, user, _, _ in reactions],
        [emoji for _, _, emoji, _ in reactions],
        [stands for _, _, _, stands in reactions],
        now,
    )


async def clear_parts(connection: Connection, messages: Sequence[UUID]) -> None:
    """Remove the reactions, files, polls and events; the sweep removes the files' bytes (`files/sweeping.py`)."""
    await connection.execute(
        """
        WITH gone AS (DELETE FROM attachments WHERE message_id = ANY($1)),
        asked AS (DELETE FROM polls WHERE message_id = ANY($1)),
        planned AS (DELETE FROM scheduled_events WHERE message_id = ANY($1))
        DELETE FROM reactions WHERE message_id = ANY($1)
        """,
        messages,
    )
