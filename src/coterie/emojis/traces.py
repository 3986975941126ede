"""What this package keeps that names a deleted account, and how it is taken out."""

from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.emojis import queries
from coterie.feature import Trace
from coterie.log.append import Change


async def _find(connection: Connection, user_id: UUID) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        """
        SELECT server_id FROM custom_emojis WHERE created_by = $1 LIMIT 1
        """,
        user_id,
    )
    return found


async def _forget(connection: Connection, server_id: UUID, user_id: UUID) -> list[Change]:
    made = await queries.forget_creator(connection, server_id, user_id)
    return [Change(server_id, f"emojis/{each.id}", "CUSTOM_EMOJI_UPDATE", each) for each in made]


CREATOR: Final = Trace(_find, _forget)
