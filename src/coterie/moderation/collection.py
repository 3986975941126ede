"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.moderation import queries
from coterie.permissions.bits import Permission
from coterie.permissions.keys import CollectionKeys, Extract


async def _bans(connection: Connection, extract: Extract) -> dict[str, object]:
    return {f"bans/{ban.user_id}": ban for ban in await queries.every_ban(connection, extract.topic)}


BANS: Final = CollectionKeys(("bans",), ("server",), _bans, Permission.BAN_MEMBERS)
