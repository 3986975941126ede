"""The SQL statements for channels."""

from typing import Final
from uuid import UUID

from msgspec.structs import astuple

from coterie.database.connection import Connection
from coterie.rights.models import Channel

COLUMNS: Final = "id, server_id, name, type, position, category, topic, created_at, user_limit, slow_mode_seconds"


async def insert(connection: Connection, *channels: Channel) -> None:
    """Insert channels and their topics, in one round trip."""
    await connection.executemany(
        """
        WITH opened AS (INSERT INTO topics (id, kind) VALUES ($1, 'channel') RETURNING id)
        INSERT INTO channels (
            id, server_id, name, type, position, category, topic, created_at, user_limit, slow_mode_seconds)
        SELECT id, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM opened
        """,
        [astuple(channel) for channel in channels],
    )


async def channels(connection: Connection, server_id: UUID) -> list[Channel]:
    """A server's channels in their order (CHANNEL_LIMIT at most)."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM channels WHERE server_id = $1 ORDER BY position, created_at, id", server_id
    )
    return [Channel(**row) for row in rows]


async def next_position(connection: Connection, server_id: UUID) -> tuple[int, int]:
    """The position after a server's last channel, and how many channels there are."""
    row = await connection.fetchrow(
        "SELECT coalesce(max(position) + 1, 0) AS position, count(*) FROM channels WHERE server_id = $1",
        server_id,
    )
    assert row is not None, "an aggregate answers one row"
    return row["position"], row["count"]


async def update(connection: Connection, channel: Channel) -> None:
    await connection.execute(
        """
        UPDATE channels SET name = $2, topic = $3, category = $4, position = $5, user_limit = $6, slow_mode_seconds = $7
        WHERE id = $1
        """,
        channel.id,
        channel.name,
        channel.topic,
        channel.category,
        channel.position,
        channel.user_limit,
        channel.slow_mode_seconds,
    )


async def delete(connection: Connection, channel_id: UUID) -> None:
    """Delete a channel with its messages and history, by deleting its topic: everything else cascades."""
    await connection.execute(
        "DELETE FROM topics WHERE id = $1 OR id IN (SELECT id FROM documents WHERE channel_id = $1)", channel_id
    )
