"""SQL statements for single messages, and for those that a batch changes. `pages.py` reads pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from coterie.database.columns import columns
from coterie.database.connection import Connection, Row
from coterie.messages.models import Draft, Message, MessageEdit, MessageFields, ScheduledEvent

COLUMNS: Final = """
    messages.id, messages.channel_id, messages.author_id, messages.nonce, messages.seq, messages.version,
    messages.content, messages.type, messages.type_details, messages.reply_to, messages.thread_id,
    messages.thread_reply_count, messages.mention_user_ids, messages.mention_role_ids, messages.mention_everyone,
    messages.mention_here, messages.edited_at, messages.pinned_at IS NOT NULL AS pinned, messages.pinned_by,
    messages.pinned_at, messages.deleted_at IS NOT NULL AS deleted, messages.created_at
"""

_fields: Final = itemgetter(*MessageFields.__struct_fields__)

REWRITTEN: Final = columns(
    Message,
    *("id", "version", "content", "edited_at", "pinned_at", "pinned_by", "deleted"),
    *("mention_user_ids", "mention_role_ids", "mention_everyone", "mention_here"),
)


ACTORS: Final = ("is_author", "own_reactions", "pins", "emojis")
"""How a message concerns the user who wants to change it."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a poll asks its voters for, and the numbers of the options that the actor has chosen."""

    option_ids: list[UUID]
    is_multiple: bool
    ends_at: datetime | None
    chosen: list[int]


class Candidate(msgspec.Struct, frozen=True):
    """A message that a user wants to change, whether it is theirs, and their reactions to it.

    If requested: how many messages of its channel are pinned, with which emoji people reacted to it, and its poll or
    its event, with the actor's answer.
    """

    message: Message
    is_author: bool
    own_reactions: list[str]
    pins: int
    emojis: list[str]
    ballot: Ballot | None = None
    event: ScheduledEvent | None = None


def placed(row: Row) -> Message:
    """A row of COLUMNS. Values by index instead of by name make a page in a quarter of the time."""
    message = Message(*_fields(row), seq=row["seq"], version=row["version"])
    return message if message.type_details is None else _with_details(message, row["type_details"])


def _with_details(message: Message, details: str) -> Message:
    return replace(message, type_details=msgspec.json.decode(details))


async def earlier(connection: Connection, draft: Draft) -> Message | None:
    """The message that was made before with the same key: the id, or the author's nonce."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM messages WHERE id = $1 OR (author_id = $2 AND nonce = $3)",
        draft.id,
        draft.author_id,
        draft.nonce,
    )
    return placed(row) if row else None


async def message(connection: Connection, message_id: UUID) -> Message | None:
    """A message, whether or not the caller may see it."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM messages WHERE id = $1", message_id)
    return placed(row) if row else None


async def conversations_of(connection: Connection, user_id: UUID) -> list[UUID]:
    """The conversations that a user takes part in."""
    rows = await connection.fetch("SELECT conversation_id FROM conversation_participants WHERE user_id = $1", user_id)
    return [row["conversation_id"] for row in rows]


async def channels_and_servers_of(connection: Connection, message_id: UUID) -> list[UUID]:
    """The channel of a message, and the server of that channel."""
    rows = await connection.fetch(
        """
        SELECT unnest(ARRAY[channels.id, server_id]) AS id
        FROM messages JOIN channels ON channels.id = channel_id WHERE messages.id = $1
        """,
        message_id,
    )
    return [row["id"] for row in rows if row["id"] is not None]


async def channels_of(connection: Connection, messages: Sequence[UUID]) -> list[UUID]:
    rows = await connection.fetch("SELECT DISTINCT channel_id FROM messages WHERE id = ANY($1)", messages)
    return [row["channel_id"] for row in rows]


async def candidates(connection: Connection, asked: Sequence[tuple[UUID, UUID, str]]) -> dict[int, Candidate]:
    """For each message and actor the message and how it concerns the actor, by index; without those that do not exist.

    The third of each says what else is looked up: "pins", "emojis", or nothing.
    """
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS}, number, author_id IS NOT DISTINCT FROM actor_id AS is_author,
               ARRAY(SELECT emoji FROM reactions WHERE reactions.message_id = messages.id AND user_id = actor_id)
                   AS own_reactions,
               CASE WHEN counted = 'pins' THEN (
                   SELECT count(*) FROM messages AS pinned
                   WHERE pinned.channel_id = messages.channel_id AND pinned.pinned_at IS NOT NULL) ELSE 0 END AS pins,
               ARRAY(SELECT DISTINCT emoji FROM reactions
                     WHERE counted = 'emojis' AND reactions.message_id = messages.id) AS emojis
        FROM unnest($1::uuid[], $2::uuid[], $3::text[])
            WITH ORDINALITY AS given (message_id, actor_id, counted, number)
        JOIN messages ON messages.id = message_id AND messages.id = ANY($1)
        """,
        [message for message, _, _ in asked],
        [actor for _, actor, _ in asked],
        [counted for _, _, counted in asked],
    )
    return {row["number"] - 1: Candidate(placed(row), *(row[name] for name in ACTORS)) for row in rows}


async def rewrite(connection: Connection, messages: Sequence[Message]) -> None:
    """Write everything of these messages that can change, except the reply count of a thread."""
    await connection.execute(
        f"""
        UPDATE messages
        SET version = given.version, content = given.content, edited_at = given.edited_at,
            pinned_at = given.pinned_at, pinned_by = given.pinned_by,
            type_details = CASE WHEN NOT given.deleted THEN messages.type_details END,
            deleted_at = CASE WHEN given.deleted THEN coalesce(messages.deleted_at, now()) END,
            mention_user_ids = given.mention_user_ids::uuid[], mention_role_ids = given.mention_role_ids::uuid[],
            mention_everyone = given.mention_everyone, mention_here = given.mention_here
        FROM {REWRITTEN.given} WHERE messages.id = given.id AND messages.id = ANY($1)
        """,
        *REWRITTEN.arrays(messages),
    )


async def uncount(connection: Connection, roots: Sequence[tuple[UUID, int, int]]) -> list[Message]:
    """Subtract replies from their roots' counts; each root with their number and its new version. Returns the roots."""
    rows = await connection.fetch(
        f"""
        UPDATE messages SET version = given.version, thread_reply_count = greatest(thread_reply_count - given.gone, 0)
        FROM unnest($1::uuid[], $2::int[], $3::bigint[]) AS given (id, gone, version)
        WHERE messages.id = given.id AND messages.id = ANY($1) RETURNING {COLUMNS}
        """,
        [root for root, _, _ in roots],
        [gone for _, gone, _ in roots],
        [version for _, _, version in roots],
    )
    return [placed(row) for row in rows]


class MentionTarget(NamedTuple):
    """What a message mentions: users, roles, or its channel for everyone."""

    channel_id: UUID
    seq: int
    targets: list[UUID]
    created_at: datetime
    in_thread: bool


MENTIONED: Final = columns(MentionTarget)


async def replace_mentions(connection: Connection, mentioned: Sequence[MentionTarget]) -> None:
    """Replace the stored mentions of messages."""
    await connection.execute(
        f"""
        WITH given AS (
            SELECT * FROM {MENTIONED.given}
        ), gone AS (
            DELETE FROM mentions USING given
            WHERE mentions.channel_id = given.channel_id AND mentions.seq = given.seq
              AND mentions.channel_id = ANY($1) AND mentions.target_id <> ALL(given.targets::uuid[])
        )
        INSERT INTO mentions (channel_id, seq, target_id, created_at, in_thread)
        SELECT channel_id, seq, unnest(targets::uuid[]), created_at, in_thread FROM given ON CONFLICT DO NOTHING
        """,
        *MENTIONED.arrays(mentioned),
    )


async def insert_edits(connection: Connection, edits: Sequence[tuple[Message, Message]], limit: int) -> None:
    """Store the earlier texts of messages, each with the message as it is now; of each message the newest `limit`."""
    await connection.execute(
        """
        WITH kept AS (
            INSERT INTO message_edits (message_id, version, content, edited_at)
            SELECT id, version, content, edited_at
            FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[])
                AS given (id, version, content, edited_at)
        ), dropped AS (
            DELETE FROM message_edits USING unnest($1::uuid[]) AS given (id)
            CROSS JOIN LATERAL (
                SELECT version FROM message_edits AS older WHERE older.message_id = given.id
                ORDER BY version DESC OFFSET $5 - 1 LIMIT 1
            ) AS last
            WHERE message_edits.message_id = given.id AND message_edits.version <= last.version
              AND message_edits.message_id = ANY($1)
            RETURNING message_edits.message_id, message_edits.version
        )
        UPDATE client_versions SET digest = NULL FROM dropped
        CROSS JOIN LATERAL (SELECT channel_id FROM messages WHERE id = dropped.message_id LIMIT 1) AS place
        WHERE topic_id = channel_id AND position = dropped.version AND NOT is_alias
        """,
        [before.id for before, _ in edits],
        [after.version for _, after in edits],
        [before.content for before, _ in edits],
        [after.edited_at for _, after in edits],
        limit,
    )


async def edits(connection: Connection, message_id: UUID) -> list[MessageEdit]:
    """The earlier texts of a message, oldest first."""
    rows = await connection.fetch(
        "SELECT version, content, edited_at FROM message_edits WHERE message_id = $1 ORDER BY version", message_id
    )
    return [MessageEdit(**row) for row in rows]


async def first_text(connection: Connection, message_id: UUID) -> str | None:
    """The earliest text of an edited message that is kept; None if it was not edited."""
    text: str | None = await connection.fetchval(
        "SELECT content FROM message_edits WHERE message_id = $1 ORDER BY version LIMIT 1", message_id
    )
    return text


async def clear_edits(connection: Connection, messages: Sequence[UUID]) -> None:
    """Remove the earlier texts of deleted messages, and the digests of all their texts."""
    await connection.execute(
        """
        WITH removed AS (
            DELETE FROM message_edits WHERE message_id = ANY($1) RETURNING message_id, version
        ), texts AS (
            SELECT channel_id, seq AS position FROM messages WHERE id = ANY($1)
            UNION ALL
            SELECT channel_id, removed.version FROM removed
            CROSS JOIN LATERAL (SELECT channel_id FROM messages WHERE id = removed.message_id LIMIT 1) AS place
        )
        UPDATE client_versions SET digest = NULL FROM texts
        WHERE topic_id = channel_id AND client_versions.position = texts.position AND NOT is_alias
        """,
        messages,
    )
