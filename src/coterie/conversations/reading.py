"""The log of a conversation: its messages, which keep their own positions, and who takes part, merged in order."""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.log import read
from coterie.log.event import Event
from coterie.messages.actions import read_log as read_messages


async def read_log(connection: Connection, conversation_id: UUID, after: int, limit: int) -> list[Event]:
    """The log's reader for conversations: the first changes of both kinds, which together have no gap."""
    messages = await read_messages(connection, conversation_id, after, limit, created="DM_MESSAGE_CREATE")
    changes = await read.changes(connection, conversation_id, after, limit)
    return sorted((*messages, *changes), key=lambda event: event.position)[:limit]
