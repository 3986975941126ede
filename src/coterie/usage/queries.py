"""The statements about what accounts use. Rows of counts are always taken in the order of the accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from coterie.database.connection import Connection
from coterie.usage.models import Metric, Period

Limits = dict[tuple[UUID, str], int | None]


async def limits(connection: Connection) -> Limits:
    """What the operator allows single accounts."""
    rows = await connection.fetch("SELECT user_id, metric, value FROM usage_limits")
    return {(row["user_id"], row["metric"]): row["value"] for row in rows}


async def set_limit(connection: Connection, user_id: UUID, metric: Metric, value: int | None) -> None:
    """Allow an account so much; None for any amount."""
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
    """Let the instance's default count for an account."""
    await connection.execute("DELETE FROM usage_limits WHERE user_id = $1 AND metric = $2", user_id, metric)


async def counts(connection: Connection, user_id: UUID, period: Period) -> dict[str, int]:
    """What an account has used in a period."""
    rows = await connection.fetch(
        "SELECT metric, count FROM usage_tracking WHERE user_id = $1 AND period_start = $2", user_id, period.start
    )
    return {row["metric"]: row["count"] for row in rows}


async def locked_counts(
    connection: Connection, users: Sequence[UUID], metric: Metric, period: Period
) -> dict[UUID, int]:
    """What accounts have used of a metric; it stays so until this transaction ends, unless it counts itself."""
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
    """Count what accounts have used; answers where each stands then. Who is gone is passed over."""
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


async def forget(connection: Connection, before: datetime) -> None:
    """Remove the counts of periods that ended before a moment."""
    await connection.execute("DELETE FROM usage_tracking WHERE period_end < $1", before)
