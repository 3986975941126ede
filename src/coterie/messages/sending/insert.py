"""The last step of sending: one statement stores a batch of any size, takes its positions and notifies the bus."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.announcing import announce, notifies
from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.log.append import CHANNEL, FRAMING, INLINE_LIMIT, encoded
from coterie.messages.mentions import NOBODY, targets
from coterie.messages.sending.attempt import Attempt, placed, stored
from coterie.usage.models import Period


class NewMessage(msgspec.Struct, frozen=True):
    """What the statement is given of a message.

    `type_details` are JSON, and so is `data`: the value in the log, without the position. `targets` are what it
    mentions, and `as_of` the position of its server's topic at which its author's right was judged. `had` is the
    position up to which an author who names the message had everything, None for all of it.
    """

    id: UUID
    channel_id: UUID
    author_id: UUID
    nonce: str | None
    content: str
    type: str
    type_details: str | None
    reply_to: UUID | None
    thread_id: UUID | None
    created_at: datetime
    mention_user_ids: list[UUID]
    mention_role_ids: list[UUID]
    mention_everyone: bool
    mention_here: bool
    targets: list[UUID]
    data: str
    client_version: str | None
    digest: bytes
    had: int | None
    as_of: int


SENT: Final = columns(NewMessage, after=3)

STEPS: Final = 100
"""How far the server's topic may have moved since a right was judged, so that few changes are looked at."""

MOVED: Final = '{"topic":"%s","position":%s,"after":%s}'
"""A bus message with only the new position."""

WHOLE: Final = (
    '{"topic":"%s","position":%s,"after":%s,"type":"%sMESSAGE_CREATE","key":"%s","client_version":%s,'
    '"data":%s,"seq":%s,"version":%s}}'
)
"""A bus message that carries the message, whose data are completed by its position."""

IS_DECISIVE: Final = """(
    changes.key NOT LIKE 'members/%' OR changes.is_removal OR changes.key = 'members/' || {author}::text
)"""
"""Whether a change of a server can decide what this author may do: all but the profiles of other members."""

UNSURE: Final = "(had < seq - 1 AND seq > 1)"
"""Whether an author who names the message did not have everything before it."""

# The right to write was judged when the server's topic stood at `as_of`, and holds while nothing has changed since that
# decides about it. What concerns other members alone does not, so their profiles and nicknames delay no message; except
# that they leave, since nobody mentions who has left.
# Who takes part in a conversation is looked up, and once more under the lock of its topic, where a removal that was
# committed meanwhile shows: a row that is gone cannot be locked. What is passed over leaves no hole among the
# positions: a repeated id or nonce, a right judged too early, a reply to nothing. The root of a thread is counted up at
# a position behind the batch; only that position is notified, and followers of the channel read the root from the log.
# An author's first message shows their presence to the other participants, which the statement notes.
# Each lookup is a LATERAL with a LIMIT, which PostgreSQL carries out row by row along an index; anything looser it may
# turn into one scan of the whole table, since it does not know how few rows a batch has.
INSERT: Final = f"""
WITH given AS (
    SELECT given.*, home.position AS after, place.server_id IS NULL AS is_conversation,
           coalesce(NOT part.has_written, FALSE) AS is_first
    FROM {SENT.given}
    CROSS JOIN LATERAL (
        SELECT server_id FROM channels WHERE channels.id = given.channel_id LIMIT 1
    ) AS place
    LEFT JOIN LATERAL (
        SELECT user_id, has_written FROM conversation_participants
        WHERE conversation_id = given.channel_id AND user_id = given.author_id LIMIT 1
    ) AS part ON place.server_id IS NULL
    LEFT JOIN LATERAL (SELECT position, floor FROM topics WHERE topics.id = place.server_id LIMIT 1) AS home ON TRUE
    LEFT JOIN LATERAL (
        SELECT TRUE AS is_decisive FROM changes
        WHERE given.as_of BETWEEN home.position - {STEPS} AND home.position - 1
            AND changes.topic_id = place.server_id AND changes.position > given.as_of
            AND {IS_DECISIVE.format(author="given.author_id")} LIMIT 1
    ) AS since ON TRUE
    LEFT JOIN LATERAL (SELECT id FROM messages WHERE messages.id = given.id LIMIT 1) AS taken ON TRUE
    LEFT JOIN LATERAL (
        SELECT id FROM messages WHERE messages.author_id = given.author_id AND messages.nonce = given.nonce LIMIT 1
    ) AS repeated ON TRUE
    LEFT JOIN LATERAL (
        SELECT channel_id, deleted_at, type FROM messages WHERE messages.id = given.reply_to LIMIT 1
    ) AS answered ON TRUE
    LEFT JOIN LATERAL (
        SELECT channel_id, thread_id, deleted_at, type FROM messages WHERE messages.id = given.thread_id LIMIT 1
    ) AS root ON TRUE
    WHERE (
        (given.as_of >= greatest(home.floor, home.position - {STEPS}) AND since.is_decisive IS NULL)
        OR part.user_id IS NOT NULL
    ) AND taken.id IS NULL AND repeated.id IS NULL AND (
        given.reply_to IS NULL
        OR (answered.channel_id = given.channel_id AND answered.deleted_at IS NULL AND answered.type <> 'system')
    ) AND (given.thread_id IS NULL OR (
        root.channel_id = given.channel_id AND root.thread_id IS NULL AND root.deleted_at IS NULL
        AND root.type <> 'system'))
), locked AS MATERIALIZED (
    SELECT id, position FROM topics WHERE id = ANY(ARRAY(SELECT channel_id FROM given)) ORDER BY id FOR UPDATE
), placed AS MATERIALIZED (
    SELECT given.*,
           locked.position + row_number() OVER (PARTITION BY given.channel_id ORDER BY given.number) AS seq
    FROM given JOIN locked ON locked.id = given.channel_id
    LEFT JOIN LATERAL (
        SELECT user_id FROM conversation_participants AS part
        WHERE given.is_conversation AND part.conversation_id = locked.id AND part.user_id = given.author_id
        LIMIT 1 FOR KEY SHARE
    ) AS still ON TRUE
    WHERE NOT given.is_conversation OR still.user_id IS NOT NULL
), newest AS MATERIALIZED (
    SELECT channel_id, max(seq) AS seq, count(DISTINCT thread_id) AS threads FROM placed GROUP BY channel_id
), moved AS (
    UPDATE topics SET position = newest.seq + newest.threads FROM newest
    WHERE topics.id = newest.channel_id AND topics.id = ANY(ARRAY(SELECT channel_id FROM given))
), written AS (
    INSERT INTO messages (
        id, channel_id, author_id, nonce, seq, version, content, reply_to, created_at, thread_id, mention_user_ids,
        mention_role_ids, mention_everyone, mention_here, type, type_details)
    SELECT id, channel_id, author_id, nonce, seq, seq, content, reply_to, created_at, thread_id,
           mention_user_ids::uuid[], mention_role_ids::uuid[], mention_everyone, mention_here, type, type_details::json
    FROM placed
), introduced AS (
    UPDATE conversation_participants AS part SET has_written = TRUE
    FROM (SELECT DISTINCT channel_id, author_id FROM placed WHERE is_first) AS first
    WHERE part.conversation_id = first.channel_id AND part.user_id = first.author_id
      AND part.conversation_id = ANY(ARRAY(SELECT channel_id FROM given WHERE is_first))
), mentioned AS (
    INSERT INTO mentions (channel_id, target_id, seq, created_at, in_thread)
    SELECT channel_id, unnest(targets::uuid[]), seq, created_at, thread_id IS NOT NULL FROM placed
    WHERE targets <> '{{}}'
), roots AS (
    SELECT replies.channel_id, thread_id, replies.count, after,
           newest.seq + row_number() OVER (PARTITION BY replies.channel_id ORDER BY thread_id) AS version
    FROM (
        SELECT channel_id, thread_id, count(*), max(after) AS after FROM placed
        WHERE thread_id IS NOT NULL GROUP BY channel_id, thread_id
    ) AS replies JOIN newest USING (channel_id)
), counted AS (
    UPDATE messages SET version = roots.version, thread_reply_count = messages.thread_reply_count + roots.count
    FROM roots WHERE messages.id = roots.thread_id AND messages.id = ANY(ARRAY(SELECT thread_id FROM given))
), named AS (
    INSERT INTO client_versions (topic_id, client_version, position, digest, unnamed_for, had)
    SELECT channel_id, client_version, seq, digest, CASE WHEN {UNSURE} THEN author_id END, had
    FROM placed WHERE client_version IS NOT NULL
), metered AS (
    INSERT INTO usage_tracking (user_id, metric, period_start, period_end, count)
    SELECT author_id, 'messages_sent', $2, $3, count(*) FROM placed GROUP BY author_id ORDER BY author_id
    ON CONFLICT (user_id, metric, period_start)
    DO UPDATE SET count = usage_tracking.count + excluded.count, period_end = excluded.period_end
), bus_messages AS (
    SELECT number, seq, is_first, CASE
        WHEN octet_length(data) < {INLINE_LIMIT - FRAMING} THEN format(
            '{WHOLE}', channel_id, seq, coalesce(after, 0),
            CASE WHEN thread_id IS NOT NULL THEN 'THREAD_' WHEN is_conversation THEN 'DM_' ELSE '' END,
            id, coalesce(to_json(client_version)::text, 'null')
                || CASE WHEN {UNSURE} THEN format(',"unnamed_for":"%s"', author_id) ELSE '' END,
            left(data, -1), seq, seq)
        ELSE format('{MOVED}', channel_id, seq, coalesce(after, 0)) END AS message
    FROM placed
    UNION ALL
    SELECT NULL, version, FALSE, format('{MOVED}', channel_id, version, coalesce(after, 0)) FROM roots
)
SELECT number, seq, is_first,
       CASE WHEN $1 THEN pg_notify('{CHANNEL}', message)::text ELSE message END AS message
FROM bus_messages ORDER BY number NULLS LAST, seq
"""


async def insert(connection: Connection, attempts: Sequence[Attempt], period: Period) -> list[Attempt]:
    """Store messages at the end of their channels, unless their outcome is known, and notify the bus.

    They count among what their authors send in the period. One without an outcome was passed over.
    """
    given = [attempt for attempt in attempts if attempt.outcome is None]
    if not given:
        return list(attempts)
    rows = await connection.fetch(
        INSERT, notifies(connection), *period, *SENT.arrays([_row(attempt) for attempt in given])
    )
    announce(connection, (row["message"] for row in rows))
    found = {given[row["number"] - 1].number: row for row in rows if row["number"] is not None}
    return [
        stored(attempt, placed(attempt.draft, row["seq"]), is_first=row["is_first"])
        if (row := found.get(attempt.number))
        else attempt
        for attempt in attempts
    ]


def _row(attempt: Attempt) -> NewMessage:
    assert attempt.authority is not None, "it was judged"
    draft, sending, mentions = attempt.draft, attempt.sending, attempt.mentions
    return NewMessage(
        draft.id,
        draft.channel_id,
        attempt.author_id,
        draft.nonce,
        draft.content,
        draft.type,
        None if draft.type_details is None else encoded(draft.type_details),
        draft.reply_to,
        draft.thread_id,
        draft.created_at,
        draft.mention_user_ids,
        draft.mention_role_ids,
        draft.mention_everyone,
        draft.mention_here,
        [] if mentions is NOBODY else targets(mentions, draft.channel_id, draft.author_id),
        encoded(draft),
        sending.client_version,
        sending.digest,
        sending.had,
        attempt.authority.as_of,
    )
