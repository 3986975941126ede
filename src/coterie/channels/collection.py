"""What this package has in the collections of topics."""

from typing import Final

from coterie.channels import queries
from coterie.database.connection import Connection
from coterie.permissions.keys import CollectionKeys, Extract


async def _channels(connection: Connection, extract: Extract) -> dict[str, object]:
    return {
        f"channels/{channel.id}": channel
        for channel in await queries.channels(connection, extract.topic)
        if channel.id in extract.channels
    }


CHANNELS: Final = CollectionKeys(("channels",), ("server",), _channels, of_channels=True)
