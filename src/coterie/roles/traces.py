"""What this package keeps that names a deleted account, and how it is taken out."""

from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.feature import Trace
from coterie.log.append import Change
from coterie.roles import queries


async def _find(connection: Connection, user_id: UUID) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        """
        SELECT server_id FROM channels JOIN channel_permission_overrides ON channel_id = channels.id
        WHERE user_id = $1 LIMIT 1
        """,
        user_id,
    )
    return found


async def _forget(connection: Connection, server_id: UUID, user_id: UUID) -> list[Change]:
    gone = await queries.delete_overrides_for(connection, server_id, user_id)
    return [override.removal(server_id) for override in gone]


OVERRIDES: Final = Trace(_find, _forget)
