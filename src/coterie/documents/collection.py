"""What this package has in the collections of topics."""

from typing import Final

from msgspec import Raw

from coterie.database.connection import Connection
from coterie.documents import queries
from coterie.permissions.keys import CollectionKeys, Extract


async def _documents(connection: Connection, extract: Extract) -> dict[str, object]:
    """The documents as last announced; not every edit is announced."""
    logged = await queries.logged_in(connection, list(extract.channels))
    return {key: Raw(data.encode()) for key, data in logged.items()}


DOCUMENTS: Final = CollectionKeys(("documents",), ("server", "conversation"), _documents, of_channels=True)
