"""Checks bans. Every way into a server calls this, under the lock of the server's topic."""

from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError


async def check_not_banned(connection: Connection, server_id: UUID, user_id: UUID) -> None:
    """Raises BANNED for a user who is banned from the server."""
    if await connection.fetchval(
        "SELECT TRUE FROM server_bans WHERE server_id = $1 AND user_id = $2", server_id, user_id
    ):
        raise CoterieError(errors.BANNED)
