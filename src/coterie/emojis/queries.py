"""SQL statements for custom emoji."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from asyncpg import UniqueViolationError

from coterie.database.connection import Connection
from coterie.emojis.errors import EMOJI_NAME_TAKEN
from coterie.emojis.models import CustomEmoji
from coterie.errors import CoterieError


async def emojis(connection: Connection, server_id: UUID) -> list[CustomEmoji]:
    """A server's emoji, oldest first (at most `actions.EMOJI_LIMIT`)."""
    rows = await connection.fetch(
        """
        SELECT id, server_id, created_by, name, '/emojis/' || id AS url, content_type, file_size, created_at
        FROM custom_emojis WHERE server_id = $1 ORDER BY created_at, id
        """,
        server_id,
    )
    return [CustomEmoji(**row) for row in rows]


async def count(connection: Connection, server_id: UUID) -> int:
    value: int = await connection.fetchval("SELECT count(*) FROM custom_emojis WHERE server_id = $1", server_id)
    return value


@contextmanager
def unique_name() -> Iterator[None]:
    """EMOJI_NAME_TAKEN if what is written inside gives two emoji of a server one name."""
    try:
        yield
    except UniqueViolationError as error:
        if error.constraint_name != "custom_emojis_name":
            raise
        raise CoterieError(EMOJI_NAME_TAKEN) from None


async def insert(connection: Connection, emoji: CustomEmoji) -> None:
    """EMOJI_NAME_TAKEN if the server has another emoji of that name."""
    with unique_name():
        await connection.execute(
            """
            INSERT INTO custom_emojis (id, server_id, created_by, name, content_type, file_size, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            emoji.id,
            emoji.server_id,
            emoji.created_by,
            emoji.name,
            emoji.content_type,
            emoji.file_size,
            emoji.created_at,
        )


async def emoji(connection: Connection, server_id: UUID, emoji_id: UUID) -> CustomEmoji | None:
    row = await connection.fetchrow(
        """
        SELECT id, server_id, created_by, name, '/emojis/' || id AS url, content_type, file_size, created_at
        FROM custom_emojis WHERE id = $1 AND server_id = $2
        """,
        emoji_id,
        server_id,
    )
    return CustomEmoji(**row) if row else None


async def rename(connection: Connection, emoji_id: UUID, name: str) -> None:
    """EMOJI_NAME_TAKEN if the server has another emoji of that name."""
    with unique_name():
        await connection.execute("UPDATE custom_emojis SET name = $2 WHERE id = $1", emoji_id, name)


async def delete(connection: Connection, server_id: UUID, emoji_id: UUID) -> str | None:
    """Remove an emoji of the server and return its name. The sweep removes the picture (`files/sweeping.py`)."""
    name: str | None = await connection.fetchval(
        "DELETE FROM custom_emojis WHERE id = $1 AND server_id = $2 RETURNING name", emoji_id, server_id
    )
    return name


async def picture(connection: Connection, emoji_id: UUID) -> tuple[int, str] | None:
    """The size in bytes and the media type of an emoji's picture."""
    row = await connection.fetchrow("SELECT file_size, content_type FROM custom_emojis WHERE id = $1", emoji_id)
    return (row["file_size"], row["content_type"]) if row else None


async def forget_creator(connection: Connection, server_id: UUID, user_id: UUID) -> list[CustomEmoji]:
    """The server's emoji that a user added are nobody's from now on; returns them."""
    rows = await connection.fetch(
        """
        UPDATE custom_emojis SET created_by = NULL WHERE server_id = $1 AND created_by = $2
        RETURNING id, server_id, created_by, name, '/emojis/' || id AS url, content_type, file_size, created_at
        """,
        server_id,
        user_id,
    )
    return [CustomEmoji(**row) for row in rows]
