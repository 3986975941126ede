"""The SQL statements about accounts of the demo community, whose password is published."""

from uuid import UUID

from coterie.database.connection import Connection


async def mark_demo(connection: Connection, user_id: UUID) -> None:
    """The account has the published password of the demo community, until it gets another one."""
    await connection.execute("UPDATE users SET is_demo = TRUE WHERE id = $1", user_id)


async def demo_names(connection: Connection) -> list[str]:
    """The accounts that still have the published password and could log in."""
    rows = await connection.fetch(
        "SELECT username FROM users WHERE is_demo AND disabled_at IS NULL ORDER BY username LIMIT 10"
    )
    return [row["username"] for row in rows]
