"""Reads the log of a conversation: its messages and the changes of its participants, merged by position."""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.log import read
from coterie.log.event import Event
from coterie.messages.history import read_log as read_messages


async def read_log(connection: Connection, conversation_id: UUID, after: int, limit: int) -> list[Event]:
    """The log's reader for conversations: the next changes of both kinds, without gaps."""
    messages = await read_messages(connection, conversation_id, after, limit, created="DM_MESSAGE_CREATE")
    changes = await read.changes(connection, conversation_id, after, limit)
    return sorted((*messages, *changes), key=lambda event: event.position)[:limit]
