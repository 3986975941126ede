"""Who may export a server: its owner. To everybody else it looks as if there were nothing, as the contract wants it."""

from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.servers import queries
from coterie.servers.models import CountedServer


async def exportable(connection: Connection, server_id: UUID, user_id: UUID) -> CountedServer:
    """A server that the user owns; raises NOT_FOUND."""
    server = await queries.server_of_member(connection, server_id, user_id)
    if server is None or server.owner_id != user_id:
        raise CoterieError(errors.NOT_FOUND)
    return server
