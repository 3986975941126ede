"""What an account has used, and its limits."""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.usage import queries as usage_queries
from coterie.usage.counting import Usage
from coterie.usage.models import METRICS, UsageLimits, UsageReport


async def report(usage: Usage, connection: Connection, user_id: UUID) -> UsageReport:
    """The full report on an account in the current period."""
    period = usage.period
    used = await usage.used(user_id, period)
    used["storage_bytes"] = await usage_queries.stored_bytes(connection, user_id)
    limits = {metric: usage.limit(user_id, metric) for metric in METRICS}
    is_reached = any(limit is not None and used.get(metric, 0) >= limit for metric, limit in limits.items())
    return UsageReport(
        messages_sent=used.get("messages_sent", 0),
        documents_created=used.get("documents_created", 0),
        total_users=1,
        storage_used=used["storage_bytes"],
        limit_exceeded=is_reached,
        api_requests=used["api_requests"],
        limits=UsageLimits(**limits),
        period_start=period.start,
        period_end=period.end,
    )
