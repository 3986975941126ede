"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.invites import queries
from coterie.permissions.bits import Permission
from coterie.permissions.keys import CollectionKeys, Extract


async def _invites(connection: Connection, extract: Extract) -> dict[str, object]:
    return {f"invites/{invite.id}": invite for invite in await queries.invites(connection, extract.topic)}


INVITES: Final = CollectionKeys(("invites",), ("server",), _invites, Permission.CREATE_INVITES)
