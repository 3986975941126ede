"""The chat room in the old format: the whole list of its newest messages, encoded once for all readers."""

import asyncio
from typing import Final
from uuid import UUID

import msgspec

from coterie.chat_room import queries as room_queries
from coterie.database.connection import Database, Row

MESSAGES: Final = 100


class ChatRooms:
    """Keeps the newest list of the room."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._lock: Final = asyncio.Lock()
        self._stored: tuple[UUID, int, bytes] | None = None

    async def shown(self, channel_id: UUID, position: int) -> tuple[int, bytes] | None:
        """The list as it was at a position or later, and that position; None once the room is switched off."""
        async with self._lock:
            if self._stored is None or self._stored[0] != channel_id or self._stored[1] < position:
                found = await room_queries.newest_of_room(self._database, channel_id, MESSAGES)
                if found is None:
                    return None
                self._stored = channel_id, found[0], msgspec.json.encode([_message(row) for row in found[1]])
            return self._stored[1:]


def _message(row: Row) -> dict[str, object]:
    return {
        "text": row["content"],
        "author": row["username"] or "",
        "timestamp": row["created_at"],
        "version": f"v{row['version']}",
        "id": row["id"],
    }
