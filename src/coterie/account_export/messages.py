"""The messages of one account for its archive, oldest first: only its own words, not what others answered.

Where each was written is named as long as the account can see that place.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from msgspec import json

from coterie.database.connection import OneConnection, Row
from coterie.exporting import records
from coterie.exporting.records import WholeMessage
from coterie.permissions.cache import PermissionCache

BATCH: Final = 500
"""Messages that are read at once."""

HIDDEN: Final = "A place that you can no longer see"


@dataclass(frozen=True, slots=True)
class MessageOrigin:
    """A channel or conversation, by its names; both are None once it is hidden."""

    channel: str | None = None
    server: str | None = None

    def __str__(self) -> str:
        if self.channel is None:
            return HIDDEN
        return f"#{self.channel} · {self.server}" if self.server else self.channel


class MessageOrigins:
    """The names of places that one account can see, each looked up once."""

    def __init__(self, connection: OneConnection, user_id: UUID) -> None:
        self._connection: Final = connection
        self._user_id: Final = user_id
        self._permissions: Final = PermissionCache()
        self._known: Final[dict[UUID, MessageOrigin]] = {}

    async def place(self, channel_id: UUID) -> MessageOrigin:
        if channel_id not in self._known:
            self._known[channel_id] = await self._look_up(channel_id)
        return self._known[channel_id]

    async def _look_up(self, channel_id: UUID) -> MessageOrigin:
        [authority] = await self._permissions.judge(self._connection, [(channel_id, self._user_id)])
        if authority is None:
            return MessageOrigin()
        row = await self._connection.fetchrow(
            """
            SELECT coalesce(channels.name, partner.username, 'Conversation') AS channel, servers.name AS server
            FROM channels LEFT JOIN servers ON servers.id = server_id
            LEFT JOIN conversations ON conversations.id = channels.id
            LEFT JOIN users AS partner ON partner.id = CASE WHEN direct_low = $2 THEN direct_high ELSE direct_low END
            WHERE channels.id = $1
            """,
            channel_id,
            self._user_id,
        )
        return MessageOrigin(**row) if row else MessageOrigin()


async def size(connection: OneConnection, user_id: UUID) -> tuple[int, int]:
    """How many messages there are, and the bytes of their files."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM messages
                WHERE author_id = $1 AND deleted_at IS NULL AND type <> 'system') AS messages,
               (SELECT coalesce(sum(file_size), 0)::bigint FROM messages JOIN attachments ON message_id = messages.id
                WHERE author_id = $1 AND deleted_at IS NULL) AS bytes
        """,
        user_id,
    )
    assert row is not None, "it counts"
    return row["messages"], row["bytes"]


async def batches(connection: OneConnection, user_id: UUID) -> AsyncIterator[list[WholeMessage]]:
    """All of them with their files, earlier texts, polls and events."""
    ids: list[UUID] = []
    found = connection.cursor(
        """
        SELECT id FROM messages WHERE author_id = $1 AND deleted_at IS NULL AND type <> 'system' ORDER BY created_at, id
        """,
        user_id,
        prefetch=BATCH,
    )
    async for row in found:
        ids.append(row["id"])
        if len(ids) == BATCH:
            yield await _whole(connection, ids)
            ids = []
    if ids:
        yield await _whole(connection, ids)


async def _whole(connection: OneConnection, ids: Sequence[UUID]) -> list[WholeMessage]:
    rows = await connection.fetch(
        """
        SELECT id, channel_id, content, type, type_details, reply_to, thread_id, edited_at, created_at, pinned_at,
               thread_reply_count
        FROM messages WHERE id = ANY($1) ORDER BY created_at, id
        """,
        ids,
    )
    return await records.with_parts(connection, rows)


def record(message: WholeMessage, place: MessageOrigin) -> dict[str, Any]:
    """The message as a line of `messages.jsonl`."""
    row = message.row
    kept = ("id", "channel_id", "content", "type", "reply_to", "thread_id", "edited_at", "created_at")
    return {
        **{name: row[name] for name in kept},
        "channel": place.channel,
        "server": place.server,
        "type_details": json.decode(row["type_details"]) if row["type_details"] else None,
        "reactions": [{"emoji": each["emoji"], "count": each["count"]} for each in message.reactions],
        "attachments": message.attachments,
        "edits": message.edits,
        "poll": _without_voters(message.poll),
        "event": _without_guests(message.event),
    }


def _without_voters(poll: dict[str, Any] | None) -> dict[str, Any] | None:
    if poll is None:
        return None
    options = [{name: each[name] for name in ("id", "text", "votes")} for each in poll["options"]]
    return {**poll, "options": options}


def _without_guests(event: dict[str, Any] | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {**event, **{name: len(event[name]) for name in ("interested", "coming", "declined")}}


def shown(message: WholeMessage, place: MessageOrigin, number: int) -> WholeMessage:
    """The message as pages take it: under the name of its place, in the order of the archive."""
    row: Row | dict[str, Any] = {
        **message.row,
        "seq": number,
        "author_id": None,
        "author_name": str(place),
        "has_avatar": False,
        "reply_seq": None,
        "thread_seq": None,
    }
    return WholeMessage(row, message.reactions, message.attachments, message.edits, message.poll, message.event)  # type: ignore[arg-type]
