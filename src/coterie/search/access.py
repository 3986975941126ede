"""What a user may search: the channels whose messages they may read at this moment."""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.permissions.cache import PermissionCache


async def channels_of(
    permissions: PermissionCache, connection: Connection, server_id: UUID, user_id: UUID
) -> frozenset[UUID]:
    """The channels of a server that the user may read. Raises NOT_FOUND unless they are a member."""
    return (await permissions.in_server(connection, server_id, user_id)).visible_channels
