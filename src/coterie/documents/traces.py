"""What this package keeps that names a deleted account, and how it is taken out."""

from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.documents import changes, queries
from coterie.feature import Trace
from coterie.log.append import Change

AT_ONCE: Final = 100
"""What one step changes."""


async def _find(connection: Connection, user_id: UUID) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        """
        SELECT coalesce(server_id, channels.id) FROM channels JOIN documents ON channel_id = channels.id
        WHERE documents.created_by = $1 OR updated_by = $1 LIMIT 1
        """,
        user_id,
    )
    return found


async def _forget(connection: Connection, place_id: UUID, user_id: UUID) -> list[Change]:
    left = await queries.forget_user(connection, place_id, user_id, AT_ONCE)
    return [changes.changed(each) for each in left]


AUTHORS: Final = Trace(_find, _forget)
