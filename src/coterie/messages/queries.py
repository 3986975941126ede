"""The statements about messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Final
from urllib.parse import quote
from uuid import UUID

from coterie.channels.models import Place
from coterie.database.announcing import announce, notifies
from coterie.database.connection import Connection, Row
from coterie.log.append import CHANNEL, INLINE_LIMIT
from coterie.messages.mentions import NOBODY, Mentions, targets
from coterie.messages.models import Attachment, Draft, Message, MessageEdit, Parts, ReactionCount, Reactor

COLUMNS: Final = """
    messages.id, messages.channel_id, messages.author_id, messages.nonce, messages.seq, messages.version,
    messages.content, messages.type, messages.reply_to, messages.thread_id, messages.thread_reply_count,
    messages.mention_user_ids, messages.mention_role_ids, messages.mention_everyone, messages.mention_here,
    messages.edited_at, messages.pinned_at IS NOT NULL AS pinned, messages.pinned_by,
    messages.pinned_at, messages.deleted_at IS NOT NULL AS deleted, messages.created_at
"""

PAGE_LIMIT: Final = 100
"""Messages of one page at most."""

_by_place: Final = itemgetter(*Draft.__struct_fields__[: Draft.__struct_fields__.index("poll")])

# The right to write was judged when the server's topic stood at `as_of`, and counts only while it still stands there;
# who takes part in a conversation is looked up. What is passed over leaves no hole among the positions: a repeated id
# or nonce, a right judged too early, a reply to nothing. The root of a thread is counted up at a position behind the
# batch, of which only the position is notified: whoever follows the channel reads it from the log. Each look is a
# LATERAL with a LIMIT, which PostgreSQL carries out row by row along an index; anything looser it may turn into one
# reading of the whole table, since it does not know how few rows a batch has.
INSERT: Final = f"""
WITH given AS (
    SELECT given.*, home.position AS after
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
                $8::text[], $9::text[], $10::bytea[], $11::bigint[], $12::uuid[], $13::text[], $14::text[], $15::bool[],
                $16::bool[], $17::text[])
        WITH ORDINALITY AS given (
            id, channel_id, author_id, nonce, content, reply_to, created_at, json, client_version, digest, as_of,
            thread_id, users, roles, everyone, here, targets, number)
    CROSS JOIN LATERAL (
        SELECT server_id FROM channels WHERE channels.id = given.channel_id AND channels.type = 'text' LIMIT 1
    ) AS place
    LEFT JOIN LATERAL (
        SELECT user_id FROM conversation_participants
        WHERE conversation_id = given.channel_id AND user_id = given.author_id LIMIT 1
    ) AS part ON place.server_id IS NULL
    LEFT JOIN LATERAL (SELECT position FROM topics WHERE topics.id = place.server_id LIMIT 1) AS home ON TRUE
    LEFT JOIN LATERAL (SELECT id FROM messages WHERE messages.id = given.id LIMIT 1) AS taken ON TRUE
    LEFT JOIN LATERAL (
        SELECT id FROM messages WHERE messages.author_id = given.author_id AND messages.nonce = given.nonce LIMIT 1
    ) AS repeated ON TRUE
    LEFT JOIN LATERAL (
        SELECT channel_id, deleted_at FROM messages WHERE messages.id = given.reply_to LIMIT 1
    ) AS answered ON TRUE
    LEFT JOIN LATERAL (
        SELECT channel_id, thread_id, deleted_at FROM messages WHERE messages.id = given.thread_id LIMIT 1
    ) AS root ON TRUE
    WHERE (home.position = given.as_of OR part.user_id IS NOT NULL) AND taken.id IS NULL AND repeated.id IS NULL AND (
        given.reply_to IS NULL OR (answered.channel_id = given.channel_id AND answered.deleted_at IS NULL)
    ) AND (given.thread_id IS NULL OR (
        root.channel_id = given.channel_id AND root.thread_id IS NULL AND root.deleted_at IS NULL))
), locked AS MATERIALIZED (
    SELECT id, position FROM topics WHERE id = ANY(ARRAY(SELECT channel_id FROM given)) ORDER BY id FOR UPDATE
), placed AS MATERIALIZED (
    SELECT given.*,
           locked.position + row_number() OVER (PARTITION BY given.channel_id ORDER BY given.number) AS seq
    FROM given JOIN locked ON locked.id = given.channel_id
), newest AS MATERIALIZED (
    SELECT channel_id, max(seq) AS seq, count(DISTINCT thread_id) AS threads FROM placed GROUP BY channel_id
), moved AS (
    UPDATE topics SET position = newest.seq + newest.threads FROM newest
    WHERE topics.id = newest.channel_id AND topics.id = ANY(ARRAY(SELECT channel_id FROM given))
), written AS (
    INSERT INTO messages (
        id, channel_id, author_id, nonce, seq, version, content, reply_to, created_at, thread_id, mention_user_ids,
        mention_role_ids, mention_everyone, mention_here)
    SELECT id, channel_id, author_id, nonce, seq, seq, content, reply_to, created_at, thread_id, users::uuid[],
           roles::uuid[], everyone, here
    FROM placed
), called AS (
    INSERT INTO mentions (channel_id, target_id, seq)
    SELECT channel_id, unnest(targets::uuid[]), seq FROM placed WHERE targets <> '{{}}'
), roots AS (
    SELECT replies.channel_id, thread_id, replies.count, after,
           newest.seq + row_number() OVER (PARTITION BY replies.channel_id ORDER BY thread_id) AS version
    FROM (
        SELECT channel_id, thread_id, count(*), max(after) AS after FROM placed
        WHERE thread_id IS NOT NULL GROUP BY channel_id, thread_id
    ) AS replies JOIN newest USING (channel_id)
), counted AS (
    UPDATE messages SET version = roots.version, thread_reply_count = messages.thread_reply_count + roots.count
    FROM roots WHERE messages.id = roots.thread_id AND messages.id = ANY($12)
), named AS (
    INSERT INTO client_versions (topic_id, client_version, position, digest)
    SELECT channel_id, client_version, seq, digest FROM placed WHERE client_version IS NOT NULL
), said AS (
    SELECT number, seq, CASE
        WHEN octet_length(json) < {INLINE_LIMIT - 500} THEN
            '{{"topic":"' || channel_id || '","position":' || seq || ',"type":"'
            || CASE WHEN thread_id IS NULL THEN '' ELSE 'THREAD_' END || 'MESSAGE_CREATE","key":"' || id
            || '"' || coalesce(',"after":' || after, '')
            || coalesce(',"client_version":' || to_json(client_version), '')
            || ',"data":' || left(json, -1) || ',"seq":' || seq || ',"version":' || seq || '}}}}'
        ELSE '{{"topic":"' || channel_id || '","position":' || seq || coalesce(',"after":' || after, '') || '}}'
        END AS notification
    FROM placed
    UNION ALL
    SELECT NULL, version, '{{"topic":"' || channel_id || '","position":' || version
        || coalesce(',"after":' || after, '') || '}}'
    FROM roots
)
SELECT number, seq,
       CASE WHEN $18 THEN pg_notify('{CHANNEL}', notification)::text ELSE notification END AS notification
FROM said ORDER BY number NULLS LAST, seq
"""


@dataclass(frozen=True, slots=True)
class Sending:
    """A message to store, its JSON, whom it calls, and the client's own name for this write with a digest of it."""

    draft: Draft
    json: str
    client_version: str | None = None
    digest: bytes = b""
    mentions: Mentions = NOBODY

    @property
    def targets(self) -> Sequence[UUID]:
        """Who will find it among what calls them; a reply in a thread is not counted."""
        if self.mentions is NOBODY or self.draft.thread_id is not None:
            return ()
        return targets(self.mentions, self.draft.channel_id, self.draft.author_id)


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


async def insert(connection: Connection, judged: Sequence[tuple[Sending, int]]) -> dict[int, int]:
    """Store new messages at the end of their channels, and tell the bus.

    Each comes with the position of its server's topic at which its author's right was judged. Answers the position of
    each by its index. One is missing if it was passed over.
    """
    sendings = [sending for sending, _ in judged]
    drafts = [sending.draft for sending in sendings]
    rows = await connection.fetch(
        INSERT,
        [draft.id for draft in drafts],
        [draft.channel_id for draft in drafts],
        [draft.author_id for draft in drafts],
        [draft.nonce for draft in drafts],
        [draft.content for draft in drafts],
        [draft.reply_to for draft in drafts],
        [draft.created_at for draft in drafts],
        [sending.json for sending in sendings],
        [sending.client_version for sending in sendings],
        [sending.digest for sending in sendings],
        [as_of for _, as_of in judged],
        [draft.thread_id for draft in drafts],
        [array(draft.mention_user_ids) for draft in drafts],
        [array(draft.mention_role_ids) for draft in drafts],
        [draft.mention_everyone for draft in drafts],
        [draft.mention_here for draft in drafts],
        [array(sending.targets) for sending in sendings],
        notifies(connection),
    )
    announce(connection, (row["notification"] for row in rows))
    return {row["number"] - 1: row["seq"] for row in rows if row["number"] is not None}


def array(ids: Sequence[UUID]) -> str:
    """As PostgreSQL reads an array: one of a list of them, which are not all of one length."""
    return "{" + ",".join(map(str, ids)) + "}" if ids else "{}"


def placed(row: Row) -> Message:
    """A row of COLUMNS. Values by place instead of by name make a page in a quarter of the time."""
    return Message(*_by_place(row), seq=row["seq"], version=row["version"])


async def earlier(connection: Connection, draft: Draft) -> Message | None:
    """The message that the same key, the id or the author's nonce, made before."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM messages WHERE id = $1 OR (author_id = $2 AND nonce = $3)",
        draft.id,
        draft.author_id,
        draft.nonce,
    )
    return Message(**row) if row else None


async def stands_in(connection: Connection, message_id: UUID, channel_id: UUID) -> bool:
    """Whether a message is in a channel, and not deleted."""
    found = await connection.fetchval(
        "SELECT TRUE FROM messages WHERE id = $1 AND channel_id = $2 AND deleted_at IS NULL", message_id, channel_id
    )
    return bool(found)


async def message(connection: Connection, message_id: UUID) -> Message | None:
    """A message, whoever asks."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM messages WHERE id = $1", message_id)
    return Message(**row) if row else None


async def newest(connection: Connection, channel_id: UUID, limit: int) -> list[Message]:
    """The newest page of a channel's history, newest first, without threads and tombstones."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq DESC LIMIT $2
        """,
        channel_id,
        limit,
    )
    return [placed(row) for row in rows]


async def newest_as_of(
    connection: Connection, place: Place, limit: int, as_of: int
) -> tuple[list[Message], list[UUID]]:
    """The newest page, and which of its messages have reactions or files; empty if the server moved on from `as_of`.

    One statement, for the request that is made most: the right to read was judged at `as_of`. The outer limit may be
    anything, so that by itself it would have the statement planned anew each time, which takes longer than the page.
    """
    rows = await connection.fetch(
        f"""
        WITH page AS (
            SELECT {COLUMNS},
                   EXISTS (SELECT FROM reactions WHERE message_id = messages.id)
                   OR EXISTS (SELECT FROM attachments WHERE message_id = messages.id) AS has_parts
            FROM messages
            WHERE channel_id = $1 AND thread_id IS NULL AND deleted_at IS NULL
              AND EXISTS (SELECT FROM topics WHERE id = $3 AND position = $4)
            ORDER BY seq DESC LIMIT {PAGE_LIMIT}
        )
        SELECT * FROM page ORDER BY seq DESC LIMIT $2
        """,
        place.id,
        limit,
        place.server_id,
        as_of,
    )
    with_parts = [row["id"] for row in rows if row["has_parts"]]
    return [placed(row) for row in rows], with_parts


async def before(connection: Connection, channel_id: UUID, seq: int, limit: int) -> list[Message]:
    """The page of the history that ends just before a position, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND seq < $2 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq DESC LIMIT $3
        """,
        channel_id,
        seq,
        limit,
    )
    return [placed(row) for row in rows]


async def after(connection: Connection, channel_id: UUID, seq: int, limit: int) -> list[Message]:
    """The page of the history that begins just after a position, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages
        WHERE channel_id = $1 AND seq > $2 AND thread_id IS NULL AND deleted_at IS NULL
        ORDER BY seq LIMIT $3
        """,
        channel_id,
        seq,
        limit,
    )
    return [placed(row) for row in reversed(rows)]


async def seq_of(connection: Connection, channel_id: UUID, message_id: UUID) -> int | None:
    """Where a message stands in its channel's history, tombstones and thread replies included."""
    value: int | None = await connection.fetchval(
        """
        SELECT seq FROM (SELECT seq, channel_id FROM messages WHERE id = $1 LIMIT 1) AS named WHERE channel_id = $2
        """,
        message_id,
        channel_id,
    )
    return value


async def changed_after(connection: Connection, channel_id: UUID, version: int, limit: int) -> list[Message]:
    """The channel's messages that changed after a position, in the order of their last change."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE channel_id = $1 AND version > $2 ORDER BY version LIMIT $3
        """,
        channel_id,
        version,
        limit,
    )
    return [placed(row) for row in rows]


async def parts(connection: Connection, messages: Sequence[UUID], viewer: UUID | None) -> dict[UUID, Parts]:
    """The reactions, in the order of their first use, and the files, in the order of their coming, of each message."""
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
        values = dict(row)
        rights = {name: values.pop(name) for name in ("is_author", "own_reactions", "pins", "emojis")}
        index = values.pop("number") - 1
        found[index] = Candidate(Message(**values), **rights)
    return found


async def rewrite(connection: Connection, messages: Sequence[Message]) -> None:
    """Write everything of these messages that can change, but for the count of a thread's replies."""
    await connection.execute(
        """
        UPDATE messages
        SET version = given.version, content = given.content, edited_at = given.edited_at,
            pinned_at = given.pinned_at, pinned_by = given.pinned_by,
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
        [array(message.mention_user_ids) for message in messages],
        [array(message.mention_role_ids) for message in messages],
        [message.mention_everyone for message in messages],
        [message.mention_here for message in messages],
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
            SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS message (channel_id, seq, targets)
        ), gone AS (
            DELETE FROM mentions USING message
            WHERE mentions.channel_id = message.channel_id AND mentions.seq = message.seq
              AND mentions.channel_id = ANY($1) AND mentions.target_id <> ALL(message.targets::uuid[])
        )
        INSERT INTO mentions (channel_id, seq, target_id)
        SELECT channel_id, seq, unnest(targets::uuid[]) FROM message ON CONFLICT DO NOTHING
        """,
        [message.channel_id for message, _ in calls],
        [message.seq for message, _ in calls],
        [array(targets) for _, targets in calls],
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


async def replies(connection: Connection, thread_id: UUID, seq: int, limit: int) -> list[Message]:
    """The replies of a thread behind a position, oldest first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE thread_id = $1 AND seq > $2 AND deleted_at IS NULL ORDER BY seq LIMIT $3
        """,
        thread_id,
        seq,
        limit,
    )
    return [placed(row) for row in rows]


async def newest_of_all(connection: Connection, channel_id: UUID, limit: int) -> list[Message]:
    """The newest messages of a channel that stand, those in threads too."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE channel_id = $1 AND deleted_at IS NULL ORDER BY seq DESC LIMIT $2
        """,
        channel_id,
        limit,
    )
    return [placed(row) for row in rows]


async def reactors(
    connection: Connection, message_id: UUID, emoji: str, after: UUID | None, limit: int
) -> list[Reactor]:
    """Who reacted to a message with one emoji, in the order of their ids, behind one of them."""
    rows = await connection.fetch(
        """
        SELECT user_id, username, avatar_url, reactions.created_at
        FROM reactions JOIN users ON users.id = user_id
        WHERE message_id = $1 AND emoji = $2 AND user_id > $3 ORDER BY user_id LIMIT $4
        """,
        message_id,
        emoji,
        after or UUID(int=0),
        limit,
    )
    return [Reactor(**row) for row in rows]


async def pinned(connection: Connection, channel_id: UUID, limit: int) -> list[Message]:
    """The pinned messages of a channel, the newest pin first."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM messages WHERE channel_id = $1 AND pinned_at IS NOT NULL
        ORDER BY pinned_at DESC LIMIT $2
        """,
        channel_id,
        limit,
    )
    return [placed(row) for row in rows]


async def clear_parts(connection: Connection, messages: Sequence[UUID]) -> None:
    """Take the reactions and files away; the files' bytes are removed afterwards (`files/sweeping.py`)."""
    await connection.execute(
        """
        WITH gone AS (DELETE FROM attachments WHERE message_id = ANY($1))
        DELETE FROM reactions WHERE message_id = ANY($1)
        """,
        messages,
    )


async def clear_edits(connection: Connection, messages: Sequence[UUID]) -> None:
    await connection.execute("DELETE FROM message_edits WHERE message_id = ANY($1)", messages)


async def set_reactions(
    connection: Connection, reactions: Sequence[tuple[UUID, UUID, str, bool]], now: datetime
) -> None:
    """Add or take away reactions: message, user, emoji, and whether it stands from now on."""
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
