"""The SQL statements for channels."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.permissions.models import Channel, Override

COLUMNS: Final = """
    id, server_id, name, type, position, category, topic, created_at, user_limit, slow_mode_seconds, retention_days,
    on_hold
"""
MADE: Final = columns(Channel)
OVERRIDE: Final = columns(Override)
MOVED: Final = columns(Channel, "id", "position", "category")


async def insert(connection: Connection, *channels: Channel) -> None:
    """Insert channels and their topics."""
    await connection.execute(
        f"""
        WITH given AS (SELECT {MADE.names} FROM {MADE.given}),
        opened AS (INSERT INTO topics (id, kind) SELECT id, 'channel' FROM given)
        INSERT INTO channels ({MADE.names}) SELECT {MADE.names} FROM given
        """,
        *MADE.arrays(channels),
    )


async def insert_overrides(connection: Connection, overrides: Sequence[Override]) -> None:
    """New overrides; in the table, the one for everyone names neither role nor user."""
    await connection.execute(
        f"""
        INSERT INTO channel_permission_overrides ({OVERRIDE.names}) SELECT {OVERRIDE.names} FROM {OVERRIDE.given}
        """,
        *OVERRIDE.arrays(overrides),
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
        UPDATE channels SET name = $2, topic = $3, category = $4, position = $5, user_limit = $6,
            slow_mode_seconds = $7, retention_days = $8, on_hold = $9
        WHERE id = $1
        """,
        channel.id,
        channel.name,
        channel.topic,
        channel.category,
        channel.position,
        channel.user_limit,
        channel.slow_mode_seconds,
        channel.retention_days,
        channel.on_hold,
    )


async def move(connection: Connection, channels: Sequence[Channel]) -> None:
    """Store the positions and categories of channels."""
    await connection.execute(
        f"""
        UPDATE channels SET position = given.position, category = given.category FROM {MOVED.given}
        WHERE channels.id = given.id
        """,
        *MOVED.arrays(channels),
    )


async def delete(connection: Connection, channel_id: UUID) -> None:
    """Delete a channel with its messages and history, by deleting its topic: everything else cascades."""
    await connection.execute(
        "DELETE FROM topics WHERE id = $1 OR id IN (SELECT id FROM documents WHERE channel_id = $1)", channel_id
    )
