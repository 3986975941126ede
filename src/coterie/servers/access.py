"""Loads servers together with the right to see or to manage them.

To an outsider, a server that they may not see looks like one that does not exist.
"""

from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.servers import queries
from coterie.servers.models import CountedServer


async def visible(connection: Connection, server_id: UUID, user_id: UUID) -> CountedServer:
    """A server that the user is a member of."""
    server = await queries.server_of_member(connection, server_id, user_id)
    if server is None:
        raise CoterieError(errors.NOT_FOUND)
    return server


async def owned(connection: Connection, server_id: UUID, user_id: UUID) -> CountedServer:
    """A server that the user owns."""
    server = await visible(connection, server_id, user_id)
    if server.owner_id != user_id:
        raise CoterieError(errors.OWNERS_ONLY)
    return server
