"""The short way to store the commonest message: one alone, in a server's channel, that refers to nothing.

Somebody who writes while nobody else does waits for one statement, and PostgreSQL takes longer to start the many steps
of the statement for batches than to carry them out. This one has only the steps that every message needs. It stores
exactly what the other would store, or nothing: then the other one decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.announcing import announce, notifies
from coterie.database.columns import parameters
from coterie.database.connection import Connection
from coterie.log.append import FRAMING, INLINE_LIMIT, encoded, publish_or_return
from coterie.messages.mentions import NOBODY
from coterie.messages.sending.attempt import Attempt, placed, stored
from coterie.messages.sending.insert import IS_DECISIVE, MOVED, STEPS, WHOLE
from coterie.usage.models import Period


class PlainMessage(msgspec.Struct, frozen=True):
    """What the statement is given. `data` is the message as JSON without its position, and `as_of` as in `insert`."""

    notifies: bool
    period_start: datetime
    period_end: datetime
    id: UUID
    channel_id: UUID
    author_id: UUID
    as_of: int
    nonce: str | None
    content: str
    type: str
    created_at: datetime
    data: str


P: Final = parameters(PlainMessage)

INSERT: Final = f"""
WITH placed AS (
    UPDATE topics SET position = topics.position + 1
    FROM (
        SELECT home.position AS after FROM channels JOIN topics AS home ON home.id = channels.server_id
        WHERE channels.id = {P.channel_id}
            AND {P.as_of} >= greatest(home.floor, home.position - {STEPS})
            AND NOT EXISTS (
                SELECT FROM changes
                WHERE {P.as_of} BETWEEN home.position - {STEPS} AND home.position - 1
                    AND changes.topic_id = channels.server_id AND changes.position > {P.as_of}
                    AND {IS_DECISIVE.format(author=P.author_id)}
            )
            AND NOT EXISTS (SELECT FROM messages WHERE id = {P.id})
            AND NOT EXISTS (SELECT FROM messages WHERE author_id = {P.author_id} AND nonce = {P.nonce})
    ) AS home
    WHERE topics.id = {P.channel_id}
    RETURNING topics.position AS seq, after
), written AS (
    INSERT INTO messages (id, channel_id, author_id, nonce, seq, version, content, type, created_at)
    SELECT {P.id}, {P.channel_id}, {P.author_id}, {P.nonce}, seq, seq, {P.content}, {P.type}, {P.created_at} FROM placed
), metered AS (
    INSERT INTO usage_tracking (user_id, metric, period_start, period_end, count)
    SELECT {P.author_id}, 'messages_sent', {P.period_start}, {P.period_end}, 1 FROM placed
    ON CONFLICT (user_id, metric, period_start)
    DO UPDATE SET count = usage_tracking.count + excluded.count, period_end = excluded.period_end
)
SELECT seq, {publish_or_return("message", P.notifies)} FROM (
    SELECT seq, CASE
        WHEN octet_length({P.data}) < {INLINE_LIMIT - FRAMING}
        THEN format('{WHOLE}', {P.channel_id}, seq, after, '', {P.id}, 'null', left({P.data}, -1), seq, seq)
        ELSE format('{MOVED}', {P.channel_id}, seq, after) END AS message
    FROM placed
) AS bus_message
"""


def is_plain(attempts: Sequence[Attempt]) -> bool:
    """Whether it is one message with nothing but an author, a text and a place in a server."""
    if len(attempts) != 1:
        return False
    [attempt] = attempts
    draft, authority = attempt.sending.draft, attempt.authority
    return (
        authority is not None
        and authority.structure is not None
        and attempt.mentions is NOBODY
        and draft.reply_to is None
        and draft.thread_id is None
        and draft.type_details is None
        and attempt.sending.client_version is None
    )


async def insert_plain(connection: Connection, attempt: Attempt, period: Period) -> Attempt:
    """Store a plain message and notify the bus; without an outcome, it was passed over."""
    assert attempt.authority is not None, "it was judged"
    draft = attempt.draft
    given = PlainMessage(
        notifies(connection),
        *period,
        draft.id,
        draft.channel_id,
        attempt.author_id,
        attempt.authority.as_of,
        draft.nonce,
        draft.content,
        draft.type,
        draft.created_at,
        encoded(draft),
    )
    row = await connection.fetchrow(INSERT, *P.values(given))
    if row is None:
        return attempt
    announce(connection, [row["message"]])
    return stored(attempt, placed(draft, row["seq"]), is_first=False)
