"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.permissions.keys import CollectionKeys, Extract
from coterie.servers import queries


async def _members(connection: Connection, extract: Extract) -> dict[str, object]:
    return {f"members/{member.user_id}": member for member in await queries.every_member(connection, extract.topic)}


MEMBERS: Final = CollectionKeys(("members",), ("server",), _members)
