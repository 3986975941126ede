"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.permissions.keys import CollectionKeys, Extract
from coterie.roles import queries


async def _roles(connection: Connection, extract: Extract) -> dict[str, object]:
    return {f"roles/{role.id}": role for role in await queries.roles(connection, extract.topic)}


async def _overrides(connection: Connection, extract: Extract) -> dict[str, object]:
    return {
        f"overrides/{override.id}": override
        for override in await queries.overrides(connection, extract.topic)
        if override.channel_id in extract.channels
    }


ROLES: Final = CollectionKeys(("roles",), ("server",), _roles)
OVERRIDES: Final = CollectionKeys(("overrides",), ("server",), _overrides, of_channels=True)
