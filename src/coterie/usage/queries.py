"""The statements about what accounts use. Rows of counts are always locked in the order of the accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.usage.models import Metric, Period

Limits = dict[tuple[UUID, str], int | None]


@dataclass(frozen=True, slots=True)
class CountedPeriod:
    """How much of a metric an account used in a period."""

    user_id: UUID
    metric: str
    period_start: datetime
    period_end: datetime
    count: int


COUNTED: Final = columns(CountedPeriod)


async def limits(connection: Connection) -> Limits:
    """The limits that the operator set for single accounts."""
    rows = await connection.fetch("SELECT user_id, metric, value FROM usage_limits")
    return {(row["user_id"], row["metric"]): row["value"] for row in rows}


async def set_limit(connection: Connection, user_id: UUID, metric: Metric, value: int | None) -> None:
    """Set an account's limit; None for any amount."""
    await connection.execute(
        """
        INSERT INTO usage_limits (user_id, metric, value) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, metric) DO UPDATE SET value = excluded.value
        """,
        user_id,
        metric,
        value,
    )


async def remove_limit(connection: Connection, user_id: UUID, metric: Metric) -> None:
    """Remove an account's limit, so that the instance's default applies."""
    await connection.execute("DELETE FROM usage_limits WHERE user_id = $1 AND metric = $2", user_id, metric)


async def counts(connection: Connection, user_id: UUID, period: Period) -> dict[str, int]:
    """What an account has used in a period."""
    rows = await connection.fetch(
        "SELECT metric, count FROM usage_tracking WHERE user_id = $1 AND period_start = $2", user_id, period.start
    )
    return {row["metric"]: row["count"] for row in rows}


async def insert(connection: Connection, *counted: CountedPeriod) -> None:
    """Counts of periods that are over or under way; one that there is stays."""
    await connection.execute(
        f"""
        INSERT INTO usage_tracking ({COUNTED.names}) SELECT {COUNTED.names} FROM {COUNTED.given}
        ON CONFLICT (user_id, metric, period_start) DO NOTHING
        """,
        *COUNTED.arrays(counted),
    )


async def locked_counts(
    connection: Connection, users: Sequence[UUID], metric: Metric, period: Period
) -> dict[UUID, int]:
    """What accounts have used of a metric; only this transaction can change it until it ends."""
    rows = await connection.fetch(
        """
        INSERT INTO usage_tracking (user_id, metric, period_start, period_end)
        SELECT user_id, $2, $3, $4 FROM unnest($1::uuid[]) AS given (user_id) ORDER BY user_id
        ON CONFLICT (user_id, metric, period_start) DO UPDATE SET period_end = excluded.period_end
        RETURNING user_id, count
        """,
        users,
        metric,
        period.start,
        period.end,
    )
    return {row["user_id"]: row["count"] for row in rows}


async def add(connection: Connection, metric: Metric, period: Period, used: Mapping[UUID, int]) -> dict[UUID, int]:
    """Add to the counts of accounts; returns the new counts. Deleted accounts are skipped."""
    rows = await connection.fetch(
        """
        INSERT INTO usage_tracking (user_id, metric, period_start, period_end, count)
        SELECT users.id, $3, $4, $5, given.count FROM unnest($1::uuid[], $2::bigint[]) AS given (user_id, count)
        CROSS JOIN LATERAL (SELECT id FROM users WHERE users.id = given.user_id LIMIT 1) AS users
        ORDER BY users.id
        ON CONFLICT (user_id, metric, period_start)
        DO UPDATE SET count = usage_tracking.count + excluded.count, period_end = excluded.period_end
        RETURNING user_id, count
        """,
        list(used.keys()),
        list(used.values()),
        metric,
        period.start,
        period.end,
    )
    return {row["user_id"]: row["count"] for row in rows}


async def forget(connection: Connection, before: datetime, limit: int) -> int:
    """Delete counts of periods that ended before a moment, and return how many."""
    rows = await connection.fetch(
        """
        DELETE FROM usage_tracking AS counted USING (
            SELECT user_id, metric, period_start FROM usage_tracking
            WHERE period_end < $1 ORDER BY period_end LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE counted.user_id = old.user_id AND counted.metric = old.metric
            AND counted.period_start = old.period_start
        RETURNING counted.user_id
        """,
        before,
        limit,
    )
    return len(rows)


async def stored_bytes(connection: Connection, user_id: UUID) -> int:
    """The bytes that an account stores: files, with uploads under way, and what it has written in documents.

    Files that only await the sweep are left out.
    """
    value: int = await connection.fetchval(
        """
        SELECT (SELECT coalesce(sum(bytes), 0) FROM document_storage WHERE user_id = $1)::bigint
             + coalesce(sum(size), 0)::bigint FROM files
        WHERE owner_id = $1
          AND (keep_until > now() OR num_nonnulls(attachment_id, avatar_of, icon_of, emoji_id) > 0)
        """,
        user_id,
    )
    return value
