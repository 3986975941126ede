"""What this package has in the collections of topics."""

from typing import Final

from coterie.database.connection import Connection
from coterie.friends import privacy, queries
from coterie.friends.models import Block
from coterie.permissions.keys import CollectionKeys, Extract


async def _relations(connection: Connection, extract: Extract) -> dict[str, object]:
    """Friends, open requests, and the users whom this user blocks."""
    user_id = extract.topic
    blocks = await queries.blocks(connection, user_id)
    return {
        **{f"contacts/{friend.id}": friend for friend in await queries.friends(connection, user_id)},
        **{f"friend_requests/{request.id}": request for request in await queries.pending(connection, user_id)},
        **{f"blocks/{block.user_id}": Block(block.user_id, block.username, block.created_at) for block in blocks},
    }


async def _privacy(connection: Connection, extract: Extract) -> dict[str, object]:
    return {"privacy": await privacy.privacy(connection, extract.topic)}


RELATIONS: Final = CollectionKeys(("contacts", "friend_requests", "blocks"), ("user",), _relations)
PRIVACY: Final = CollectionKeys(("privacy",), ("user",), _privacy)
