"""Tell what retention would remove. Its settings are fields of servers and channels, changed with these."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.permissions.context import ActionContext
from coterie.retention import access, queries
from coterie.retention.models import RetentionPreview

COUNT_LIMIT: Final = 100_000
"""Messages that a preview counts."""


async def preview(
    context: ActionContext, server_id: UUID, user_id: UUID, days: int, *, keeps_pins: bool
) -> RetentionPreview:
    """What would go now if the server had these settings. Counts in channels that the caller cannot view as well."""
    await access.check_managed(context, server_id, user_id)
    now = datetime.now(UTC)
    return await queries.preview(context.database, server_id, now, days, keeps_pins=keeps_pins, limit=COUNT_LIMIT)
