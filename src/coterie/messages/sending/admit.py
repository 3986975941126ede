"""The fourth step of sending, where it is needed: slow mode, automod's rules for spam and repeated
messages, and how many messages an account may send in a period.

They are decided in the transaction that stores the message, under the locks of their rows, so that two messages at
once, in whatever processes, never use the same turn or the same place in a quota. Rows are locked in one order
everywhere: turns, topics, counts.
"""

from collections import Counter
from collections.abc import Sequence

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log import append
from coterie.messages.sending.attempt import Attempt, decided
from coterie.messages.sending.repeats import is_watched, within_rates
from coterie.permissions.bits import Permission
from coterie.usage import queries
from coterie.usage.counting import Usage, exceeded
from coterie.usage.models import Period


def commits(attempts: Sequence[Attempt]) -> list[list[Attempt]]:
    """What is stored together: each message in slow mode alone, since it may give its turn back, and all others."""
    slow = [attempt for attempt in attempts if _seconds_to_wait(attempt)]
    others = [attempt for attempt in attempts if not _seconds_to_wait(attempt)] if slow else list(attempts)
    return [*([attempt] for attempt in slow), *([others] if others else [])]


def is_needed(usage: Usage, attempts: Sequence[Attempt]) -> bool:
    """Whether messages stored together are in slow mode or watched by automod, or an author has a quota."""
    is_slow = _seconds_to_wait(attempts[0]) > 0  # then it is alone
    return is_slow or any(
        usage.limit(attempt.author_id, "messages_sent") is not None or is_watched(attempt) for attempt in attempts
    )


async def admit(connection: Connection, usage: Usage, attempts: Sequence[Attempt], period: Period) -> list[Attempt]:
    """Refuse those whose turn it is not, spam, and those whose author has sent all that they may in the period."""
    in_turn = [await _in_turn(connection, attempt) for attempt in attempts]
    return await _within_quota(connection, usage, await within_rates(connection, in_turn), period)


def _seconds_to_wait(attempt: Attempt) -> int:
    """Between two messages of the author; those who manage messages or the channel need not wait."""
    authority = attempt.authority
    channel = (
        authority.structure.channels.get(authority.place.id)
        if authority and authority.structure and authority.place
        else None
    )
    if authority is None or channel is None or not channel.slow_mode_seconds:
        return 0
    is_exempt = authority.permissions & (Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS)
    return 0 if is_exempt else channel.slow_mode_seconds


async def _in_turn(connection: Connection, attempt: Attempt) -> Attempt:
    seconds = _seconds_to_wait(attempt)
    wait = await _take_turn(connection, attempt, seconds) if seconds else 0.0
    return decided(attempt, CoterieError(errors.SLOW_MODE, retry_after=wait)) if wait else attempt


async def _take_turn(connection: Connection, attempt: Attempt, seconds: int) -> float:
    """Take the author's turn if it has come; returns how many seconds are left to wait otherwise."""
    draft = attempt.sending.draft
    taken = await connection.fetchval(
        """
        INSERT INTO slow_mode_sends (channel_id, user_id, sent_at) VALUES ($1, $2, clock_timestamp())
        ON CONFLICT (channel_id, user_id) DO UPDATE SET sent_at = excluded.sent_at
        WHERE slow_mode_sends.sent_at <= excluded.sent_at - $3 * interval '1 second'
        RETURNING TRUE
        """,
        draft.channel_id,
        draft.author_id,
        seconds,
    )
    if taken:
        return 0.0
    left: float | None = await connection.fetchval(
        """
        SELECT extract(epoch FROM sent_at + $3 * interval '1 second' - clock_timestamp())::float FROM slow_mode_sends
        WHERE channel_id = $1 AND user_id = $2
        """,
        draft.channel_id,
        draft.author_id,
        seconds,
    )
    return max(left or 0.0, 0.1)


async def _within_quota(
    connection: Connection, usage: Usage, attempts: Sequence[Attempt], period: Period
) -> list[Attempt]:
    """Of each author as many as they may still send, the first ones of the batch."""
    open = [attempt for attempt in attempts if attempt.outcome is None]
    limits = {attempt.author_id: usage.limit(attempt.author_id, "messages_sent") for attempt in open}
    limited = {author: limit for author, limit in limits.items() if limit is not None}
    if not limited:
        return list(attempts)
    await append.lock(connection, {attempt.sending.draft.channel_id for attempt in open})
    used = Counter(await queries.locked_counts(connection, list(limited), "messages_sent", period))
    admitted = []
    for attempt in attempts:
        limit = limited.get(attempt.author_id)
        if limit is not None and attempt.outcome is None:
            used[attempt.author_id] += 1
            if used[attempt.author_id] > limit:
                attempt = decided(attempt, exceeded("messages_sent", limit, period))
        admitted.append(attempt)
    return admitted
