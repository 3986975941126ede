"""The statements about single messages, and about those that a batch changes. Pages are read by `pages.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from coterie.database.connection import Connection, Row
from coterie.messages.models import Draft, Message, MessageEdit

COLUMNS: Final = """
    messages.id, messages.channel_id, messages.author_id, messages.nonce, messages.seq, messages.version,
    messages.content, messages.type, messages.type_details, messages.reply_to, messages.thread_id,
    messages.thread_reply_count, messages.mention_user_ids, messages.mention_role_ids, messages.mention_everyone,
    messages.mention_here, messages.edited_at, messages.pinned_at IS NOT NULL AS pinned, messages.pinned_by,
    messages.pinned_at, messages.deleted_at IS NOT NULL AS deleted, messages.created_at
"""

_by_place: Final = itemgetter(*Draft.__struct_fields__[: Draft.__struct_fields__.index("poll")])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that somebody wants to change, whether it is theirs, and their reactions to it.

    If asked for: how many messages of its channel are pinned, and with which emojis people reacted to it.
    """

    message: Message
    is_author: bool
    own_reactions: list[str]
    pins: int
    emojis: list[str]


def placed(row: Row) -> Message:
    """A row of COLUMNS. Values by place instead of by name make a page in a quarter of the time."""
    message = Message(*_by_place(row), seq=row["seq"], version=row["version"])
    return message if message.type_details is None else _with_details(message, row["type_details"])


def _with_details(message: Message, details: str) -> Message:
    return replace(message, type_details=msgspec.json.decode(details))


def details_of(draft: Draft) -> str | None:
    """As PostgreSQL reads them."""
    return None if draft.type_details is None else msgspec.json.encode(draft.type_details).decode()


def array(ids: Sequence[UUID]) -> str:
    """As PostgreSQL reads an array: one of a list of them, which are not all of one length."""
    return "{" + ",".join(map(str, ids)) + "}" if ids else "{}"


def called(messages: Sequence[Draft] | Sequence[Message]) -> tuple[list[str], list[str], list[bool], list[bool]]:
    """Whom each message calls, as columns of a batch: people, roles, everybody, whoever is there."""
    return (
        [array(message.mention_user_ids) for message in messages],
        [array(message.mention_role_ids) for message in messages],
        [message.mention_everyone for message in messages],
        [message.mention_here for message in messages],
    )


async def earlier(connection: Connection, draft: Draft) -> Message | None:
    """The message that the same key, the id or the author's nonce, made before."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM messages WHERE id = $1 OR (author_id = $2 AND nonce = $3)",
        draft.id,
        draft.author_id,
        draft.nonce,
    )
    return placed(row) if row else None


async def message(connection: Connection, message_id: UUID) -> Message | None:
    """A message, whoever asks."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM messages WHERE id = $1", message_id)
    return placed(row) if row else None


async def conversations_of(connection: Connection, user_id: UUID) -> list[UUID]:
    """The conversations that somebody takes part in."""
    rows = await connection.fetch("SELECT conversation_id FROM conversation_participants WHERE user_id = $1", user_id)
    return [row["conversation_id"] for row in rows]


async def channels_of(connection: Connection, messages: Sequence[UUID]) -> list[UUID]:
    """The channels that these messages are in."""
    rows = await connection.fetch("SELECT DISTINCT channel_id FROM messages WHERE id = ANY($1)", messages)
    return [row["channel_id"] for row in rows]


async def candidates(
    connection: Connection, pairs: Sequence[tuple[UUID, UUID]], counted: Sequence[str] = ()
) -> list[Candidate | None]:
    """For each message and actor: the message and what the actor is to it; None if there is no such message.

    `counted` names for each what is looked up as well: "pins", "emojis", or nothing.
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
        [message for message, _ in pairs],
        [actor for _, actor in pairs],
        counted or [""] * len(pairs),
    )
    found: list[Candidate | None] = [None] * len(pairs)
    for row in rows:
        rights = {name: row[name] for name in ("is_author", "own_reactions", "pins", "emojis")}
        found[row["number"] - 1] = Candidate(placed(row), **rights)
    return found


async def rewrite(connection: Connection, messages: Sequence[Message]) -> None:
    """Write everything of these messages that can change, but for the count of a thread's replies."""
    await connection.execute(
        """
        UPDATE messages
        SET version = given.version, content = given.content, edited_at = given.edited_at,
            pinned_at = given.pinned_at, pinned_by = given.pinned_by,
            type_details = CASE WHEN NOT given.deleted THEN messages.type_details END,
            deleted_at = CASE WHEN given.deleted THEN coalesce(messages.deleted_at, now()) END,
            mention_user_ids = given.users::uuid[], mention_role_ids = given.roles::uuid[],
            mention_everyone = given.everyone, mention_here = given.here
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::uuid[], $7::bool[],
                    $8::text[], $9::text[], $10::bool[], $11::bool[])
            AS given (id, version, content, edited_at, pinned_at, pinned_by, deleted, users, roles, everyone, here)
        WHERE messages.id = given.id AND messages.id = ANY($1)
        """,
        [message.id for message in messages],
        [message.version for message in messages],
        [message.content for message in messages],
        [message.edited_at for message in messages],
        [message.pinned_at for message in messages],
        [message.pinned_by for message in messages],
        [message.deleted for message in messages],
        *called(messages),
    )


async def uncount(connection: Connection, roots: Sequence[tuple[UUID, int, int]]) -> list[Message]:
    """Take replies off the counts of their roots: each with how many and the root's new version. Answers the roots."""
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


async def call(connection: Connection, calls: Sequence[tuple[Message, Sequence[UUID]]]) -> None:
    """Keep whom messages call from now on, instead of those whom they called before."""
    await connection.execute(
        """
        WITH message AS (
            SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bool[])
                AS message (channel_id, seq, targets, created_at, in_thread)
        ), gone AS (
            DELETE FROM mentions USING message
            WHERE mentions.channel_id = message.channel_id AND mentions.seq = message.seq
              AND mentions.channel_id = ANY($1) AND mentions.target_id <> ALL(message.targets::uuid[])
        )
        INSERT INTO mentions (channel_id, seq, target_id, created_at, in_thread)
        SELECT channel_id, seq, unnest(targets::uuid[]), created_at, in_thread FROM message ON CONFLICT DO NOTHING
        """,
        [message.channel_id for message, _ in calls],
        [message.seq for message, _ in calls],
        [array(targets) for _, targets in calls],
        [message.created_at for message, _ in calls],
        [message.thread_id is not None for message, _ in calls],
    )


async def keep_edits(connection: Connection, edits: Sequence[tuple[Message, Message]], limit: int) -> None:
    """Keep what messages said before, each with what it is now; of each message the newest `limit`."""
    await connection.execute(
        """
        WITH kept AS (
            INSERT INTO message_edits (message_id, version, content, edited_at)
            SELECT id, version, content, edited_at
            FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[])
                AS given (id, version, content, edited_at)
        )
        DELETE FROM message_edits USING unnest($1::uuid[]) AS given (id)
        CROSS JOIN LATERAL (
            SELECT version FROM message_edits AS older WHERE older.message_id = given.id
            ORDER BY version DESC OFFSET $5 - 1 LIMIT 1
        ) AS last
        WHERE message_edits.message_id = given.id AND message_edits.version <= last.version
          AND message_edits.message_id = ANY($1)
        """,
        [before.id for before, _ in edits],
        [after.version for _, after in edits],
        [before.content for before, _ in edits],
        [after.edited_at for _, after in edits],
        limit,
    )


async def edits(connection: Connection, message_id: UUID) -> list[MessageEdit]:
    """What a message said before, oldest first."""
    rows = await connection.fetch(
        "SELECT version, content, edited_at FROM message_edits WHERE message_id = $1 ORDER BY version", message_id
    )
    return [MessageEdit(**row) for row in rows]


async def clear_edits(connection: Connection, messages: Sequence[UUID]) -> None:
    await connection.execute("DELETE FROM message_edits WHERE message_id = ANY($1)", messages)
