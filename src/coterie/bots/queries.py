"""SQL statements for bots."""

from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.bots.models import Bot, BotLogEntry
from coterie.database.connection import Connection

COLUMNS: Final = """
    bots.id, user_id, username, bots.name, bots.description, created_by, revoked_at, bots.created_at
"""


async def insert(connection: Connection, bot: Bot, token_hash: bytes, session_id: UUID) -> None:
    await connection.execute(
        """
        INSERT INTO bots (id, user_id, name, description, created_by, created_at, token_hash, session_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        bot.id,
        bot.user_id,
        bot.name,
        bot.description,
        bot.created_by,
        bot.created_at,
        token_hash,
        session_id,
    )


async def name_account(connection: Connection, user_id: UUID, display_name: str) -> None:
    """Show a new bot's account by its name."""
    await connection.execute("UPDATE users SET display_name = $2 WHERE id = $1", user_id, display_name)


async def bots(connection: Connection, creator_id: UUID) -> list[Bot]:
    """The bots that an account has created, the oldest first (at most `actions.BOT_LIMIT`)."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM bots JOIN users ON users.id = user_id
        WHERE created_by = $1 ORDER BY bots.created_at, bots.id
        """,
        creator_id,
    )
    return [Bot(**row) for row in rows]


async def count(connection: Connection, creator_id: UUID) -> int:
    value: int = await connection.fetchval("SELECT count(*) FROM bots WHERE created_by = $1", creator_id)
    return value


async def bot(connection: Connection, creator_id: UUID, bot_id: UUID) -> Bot | None:
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM bots JOIN users ON users.id = user_id WHERE bots.id = $1 AND created_by = $2",
        bot_id,
        creator_id,
    )
    return Bot(**row) if row else None


async def update(connection: Connection, bot: Bot) -> None:
    await connection.execute(
        "UPDATE bots SET name = $2, description = $3 WHERE id = $1", bot.id, bot.name, bot.description
    )


async def set_token(connection: Connection, bot_id: UUID, token_hash: bytes, session_id: UUID) -> None:
    await connection.execute(
        "UPDATE bots SET token_hash = $2, session_id = $3 WHERE id = $1", bot_id, token_hash, session_id
    )


async def revoke(connection: Connection, bot_id: UUID, now: datetime) -> None:
    await connection.execute(
        "UPDATE bots SET revoked_at = $2, token_hash = NULL, session_id = NULL WHERE id = $1", bot_id, now
    )


async def session(connection: Connection, token_hash: bytes) -> tuple[UUID, UUID] | None:
    """The account and the session of the bot whose token has this hash."""
    row = await connection.fetchrow("SELECT user_id, session_id FROM bots WHERE token_hash = $1", token_hash)
    return (row["user_id"], row["session_id"]) if row else None


async def sent(connection: Connection, user_id: UUID, limit: int, preview: int) -> list[BotLogEntry]:
    """The newest messages of a bot's account, with their beginnings; without deleted ones.

    It reads the index of all of the account's messages, so it is for its creator, seldom.
    """
    rows = await connection.fetch(
        """
        SELECT created_at AS timestamp, 'message_sent' AS event, left(content, $3) AS detail FROM messages
        WHERE author_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2
        """,
        user_id,
        limit,
        preview,
    )
    return [BotLogEntry(**row) for row in rows]
