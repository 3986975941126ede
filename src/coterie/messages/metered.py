"""Storing messages of authors of whom some may send only so many in a period. Elsewhere it costs nothing.

The count is locked before anything is stored and moves with the messages, so that no two transactions, in whatever
processes, give the same place away. Topics are locked before counts, as the statement that stores does it.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log import append
from coterie.messages import insertion
from coterie.messages.insertion import Sending
from coterie.usage import queries
from coterie.usage.counting import Usage, exceeded
from coterie.usage.models import Period

Judged = tuple[Sending, int]
Outcome = int | CoterieError


def is_metered(usage: Usage, judged: Sequence[Judged]) -> bool:
    """Whether somebody among the authors may send only so many."""
    return any(usage.limit(sending.author_id, "messages_sent") is not None for sending, _ in judged)


async def insert(connection: Connection, usage: Usage, judged: Sequence[Judged]) -> dict[int, Outcome]:
    """Store messages inside the caller's transaction: each with its place by its index, or why not.

    One is missing if it was passed over; it took nobody's place.
    """
    period = usage.period
    if not is_metered(usage, judged):
        return dict(await insertion.insert(connection, judged, period))
    limits = {sending.author_id: usage.limit(sending.author_id, "messages_sent") for sending, _ in judged}
    outcomes: dict[int, Outcome] = {}
    waiting = list(enumerate(judged))
    left = await _left(connection, limits, judged, period)
    while waiting:
        now, waiting = _split(waiting, left)
        if not now:
            break
        placed = await insertion.insert(connection, [each for _, each in now], period)
        outcomes.update((now[number][0], seq) for number, seq in placed.items())
        left.subtract(Counter(now[number][1][0].author_id for number in placed))
    for index, (sending, _) in waiting:
        limit = limits[sending.author_id]
        assert limit is not None, "else there was room"
        outcomes[index] = exceeded("messages_sent", limit, period)
    return outcomes


async def _left(
    connection: Connection, limits: dict[UUID, int | None], judged: Sequence[Judged], period: Period
) -> Counter[UUID]:
    """How many messages each of the authors may still send; more than there are where nothing limits them."""
    await append.lock(connection, {sending.draft.channel_id for sending, _ in judged})
    limited = {author: limit for author, limit in limits.items() if limit is not None}
    used = await queries.locked_counts(connection, list(limited), "messages_sent", period)
    left = Counter(dict.fromkeys(limits, len(judged)))
    left.update({author: limit - used[author] - len(judged) for author, limit in limited.items()})
    return left


def _split(
    waiting: list[tuple[int, Judged]], left: Counter[UUID]
) -> tuple[list[tuple[int, Judged]], list[tuple[int, Judged]]]:
    """Those for whom there is room, and those who wait to see whether it is taken."""
    seen: Counter[UUID] = Counter()
    now: list[tuple[int, Judged]] = []
    later: list[tuple[int, Judged]] = []
    for each in waiting:
        author = each[1][0].author_id
        seen[author] += 1
        (now if seen[author] <= left[author] else later).append(each)
    return now, later
