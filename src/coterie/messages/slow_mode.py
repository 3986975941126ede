"""Slow mode: in some channels a member has to wait between two messages. Elsewhere it costs nothing.

Who has to wait is known with the right to send. Their turn is taken in the transaction that stores the message, under
the row's lock, so that of two messages at once, in whatever processes, one is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.messages import metered
from coterie.messages.insertion import Sending
from coterie.permissions.bits import Permission
from coterie.permissions.rights import Seen
from coterie.usage.counting import Usage


@dataclass(frozen=True, slots=True)
class SlowSending:
    """A message whose author has to wait `seconds` between two; their right was judged at `as_of`."""

    sending: Sending
    as_of: int
    seconds: int


def seconds_to_wait(seen: Seen) -> int:
    """How long somebody has to wait between two messages; those who manage messages or the channel need not."""
    channel = seen.structure.channels.get(seen.place.id) if seen.structure and seen.place else None
    if channel is None or not channel.slow_mode_seconds:
        return 0
    is_exempt = seen.permissions & (Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS)
    return 0 if is_exempt else channel.slow_mode_seconds


async def insert(database: Database, usage: Usage, slow: Sequence[SlowSending]) -> list[int | CoterieError | None]:
    """Store messages whose turn it is, one by one: each with its place, why not, or None if it was passed over."""
    return [await _insert_one(database, usage, each) for each in slow]


async def _insert_one(database: Database, usage: Usage, slow: SlowSending) -> int | CoterieError | None:
    async with database.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            wait = await _take_turn(connection, slow)
            placed = {} if wait else await metered.insert(connection, usage, [(slow.sending, slow.as_of)])
        except asyncpg.UniqueViolationError:
            await transaction.rollback()
            return None
        except BaseException:
            await transaction.rollback()
            raise
        if not isinstance(placed.get(0), int):
            await transaction.rollback()
            return CoterieError(errors.SLOW_MODE, retry_after=wait) if wait else placed.get(0)
        await transaction.commit()
        return placed[0]


async def _take_turn(connection: Connection, slow: SlowSending) -> float:
    """Take the author's turn, if it is theirs; answers how many seconds are left to wait otherwise."""
    draft = slow.sending.draft
    taken = await connection.fetchval(
        """
        INSERT INTO slow_mode_sends (channel_id, user_id, sent_at) VALUES ($1, $2, clock_timestamp())
        ON CONFLICT (channel_id, user_id) DO UPDATE SET sent_at = excluded.sent_at
        WHERE slow_mode_sends.sent_at <= excluded.sent_at - $3 * interval '1 second'
        RETURNING TRUE
        """,
        draft.channel_id,
        draft.author_id,
        slow.seconds,
    )
    if taken:
        return 0
    left: float | None = await connection.fetchval(
        """
        SELECT extract(epoch FROM sent_at + $3 * interval '1 second' - clock_timestamp())::float FROM slow_mode_sends
        WHERE channel_id = $1 AND user_id = $2
        """,
        draft.channel_id,
        draft.author_id,
        slow.seconds,
    )
    return max(left or 0.0, 0.1)
