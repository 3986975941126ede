"""The SQL statements for mail."""

from datetime import datetime

from coterie.database.connection import Connection


async def instance_name(connection: Connection) -> str | None:
    name: str | None = await connection.fetchval("SELECT name FROM instance_settings")
    return name


async def bounce(connection: Connection, address: str, reply: str) -> None:
    """Note that an address takes no mail, and what the SMTP server said."""
    await connection.execute(
        """
        INSERT INTO bounced_addresses (address, reply) VALUES (lower($1), $2)
        ON CONFLICT (address) DO UPDATE SET reply = excluded.reply, created_at = now()
        """,
        address,
        reply,
    )


async def has_bounced(connection: Connection, address: str) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM bounced_addresses WHERE address = lower($1))", address
    )
    return found


async def forget_bounce(connection: Connection, address: str) -> None:
    """Let mail be sent to an address again."""
    await connection.execute("DELETE FROM bounced_addresses WHERE address = lower($1)", address)


async def forget_bounces(connection: Connection, before: datetime, limit: int) -> int:
    """Delete what was noted before a moment, and count it."""
    rows = await connection.fetch(
        """
        DELETE FROM bounced_addresses WHERE address = ANY(ARRAY(
            SELECT address FROM bounced_addresses WHERE created_at < $1 ORDER BY created_at LIMIT $2
        )) RETURNING address
        """,
        before,
        limit,
    )
    return len(rows)
