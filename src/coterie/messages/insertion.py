"""Storing new messages: a batch of any size with one statement, which also takes positions and tells the bus."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coterie.database.announcing import announce, notifies
from coterie.database.connection import Connection
from coterie.log.append import CHANNEL, INLINE_LIMIT
from coterie.messages.mentions import NOBODY, Mentions, targets
from coterie.messages.models import Draft
from coterie.messages.queries import array, called, details_of
from coterie.usage.models import Period

# The right to write was judged when the server's topic stood at `as_of`, and counts only while it still stands there;
# who takes part in a conversation is looked up, and once more under the lock of its topic, where a removal that was
# committed meanwhile shows: a row that is gone cannot be locked. What is passed over leaves no hole among the
# positions: a repeated id or nonce, a right judged too early, a reply to nothing. The root of a thread is counted up at
# a position behind the batch, of which only the position is notified: whoever follows the channel reads it from the
# log. Each look is a LATERAL with a LIMIT, which PostgreSQL carries out row by row along an index; anything looser it
# may turn into one reading of the whole table, since it does not know how few rows a batch has.
INSERT: Final = f"""
WITH given AS (
    SELECT given.*, home.position AS after, place.server_id IS NULL AS is_conversation
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
                $8::text[], $9::text[], $10::bytea[], $11::bigint[], $12::uuid[], $13::text[], $14::text[], $15::bool[],
                $16::bool[], $17::text[], $21::text[], $22::text[])
        WITH ORDINALITY AS given (
            id, channel_id, author_id, nonce, content, reply_to, created_at, json, client_version, digest, as_of,
            thread_id, users, roles, everyone, here, targets, type, details, number)
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
        SELECT channel_id, deleted_at, type FROM messages WHERE messages.id = given.reply_to LIMIT 1
    ) AS answered ON TRUE
    LEFT JOIN LATERAL (
        SELECT channel_id, thread_id, deleted_at, type FROM messages WHERE messages.id = given.thread_id LIMIT 1
    ) AS root ON TRUE
    WHERE (home.position = given.as_of OR part.user_id IS NOT NULL) AND taken.id IS NULL AND repeated.id IS NULL AND (
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
    SELECT id, channel_id, author_id, nonce, seq, seq, content, reply_to, created_at, thread_id, users::uuid[],
           roles::uuid[], everyone, here, type, details::json
    FROM placed
), called AS (
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
    FROM roots WHERE messages.id = roots.thread_id AND messages.id = ANY($12)
), named AS (
    INSERT INTO client_versions (topic_id, client_version, position, digest)
    SELECT channel_id, client_version, seq, digest FROM placed WHERE client_version IS NOT NULL
), metered AS (
    INSERT INTO usage_tracking (user_id, metric, period_start, period_end, count)
    SELECT author_id, 'messages_sent', $19, $20, count(*) FROM placed GROUP BY author_id ORDER BY author_id
    ON CONFLICT (user_id, metric, period_start)
    DO UPDATE SET count = usage_tracking.count + excluded.count, period_end = excluded.period_end
), said AS (
    SELECT number, seq, CASE
        WHEN octet_length(json) < {INLINE_LIMIT - 500} THEN
            '{{"topic":"' || channel_id || '","position":' || seq || ',"type":"'
            || CASE WHEN thread_id IS NOT NULL THEN 'THREAD_' WHEN is_conversation THEN 'DM_' ELSE '' END
            || 'MESSAGE_CREATE","key":"' || id
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
    def author_id(self) -> UUID:
        assert self.draft.author_id is not None, "somebody sends it"
        return self.draft.author_id

    @property
    def targets(self) -> Sequence[UUID]:
        """Who will find it among what calls them."""
        if self.mentions is NOBODY:
            return ()
        return targets(self.mentions, self.draft.channel_id, self.draft.author_id)


async def insert(connection: Connection, judged: Sequence[tuple[Sending, int]], period: Period) -> dict[int, int]:
    """Store new messages at the end of their channels, and tell the bus.

    Each comes with the position of its server's topic at which its author's right was judged, and counts among what
    its author sends in the period. Answers the position of each by its index. One is missing if it was passed over.
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
        *called(drafts),
        [array(sending.targets) for sending in sendings],
        notifies(connection),
        *period,
        [draft.type for draft in drafts],
        [details_of(draft) for draft in drafts],
    )
    announce(connection, (row["notification"] for row in rows))
    return {row["number"] - 1: row["seq"] for row in rows if row["number"] is not None}
