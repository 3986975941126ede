"""SQL statements for invites."""

from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.invites.models import ServerInvite

MADE: Final = columns(ServerInvite)
COLUMNS: Final = "id, server_id, code, created_by, max_uses, uses, expires_at, created_at"


async def insert(connection: Connection, *invites: ServerInvite) -> None:
    await connection.execute(
        f"INSERT INTO server_invites ({MADE.names}) SELECT {MADE.names} FROM {MADE.given}", *MADE.arrays(invites)
    )


async def count(connection: Connection, server_id: UUID) -> int:
    value: int = await connection.fetchval("SELECT count(*) FROM server_invites WHERE server_id = $1", server_id)
    return value


async def invites(connection: Connection, server_id: UUID) -> list[ServerInvite]:
    """A server's invites, newest first (at most `actions.INVITE_LIMIT`)."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM server_invites WHERE server_id = $1 ORDER BY created_at DESC, id DESC", server_id
    )
    return [ServerInvite(**row) for row in rows]


async def by_code(connection: Connection, code: str) -> ServerInvite | None:
    """The invite of a code, valid or not."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM server_invites WHERE code = $1", code)
    return ServerInvite(**row) if row else None


async def use(connection: Connection, invite_id: UUID, now: datetime) -> ServerInvite | None:
    """Count one use; None if it expired, was used up or was revoked meanwhile."""
    row = await connection.fetchrow(
        f"""
        UPDATE server_invites SET uses = uses + 1
        WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2) AND (max_uses IS NULL OR uses < max_uses)
        RETURNING {COLUMNS}
        """,
        invite_id,
        now,
    )
    return ServerInvite(**row) if row else None


async def insert_registration(connection: Connection, invite_id: UUID, user_id: UUID) -> None:
    """Record the invite with which an account was made."""
    await connection.execute(
        "INSERT INTO invite_registrations (user_id, invite_id) VALUES ($1, $2)", user_id, invite_id
    )


async def is_counted(connection: Connection, invite_id: UUID, user_id: UUID) -> bool:
    """Whether a use of this invite was counted when the account was made, and it has not joined with it yet."""
    found = await connection.fetchval(
        "SELECT TRUE FROM invite_registrations WHERE user_id = $1 AND invite_id = $2", user_id, invite_id
    )
    return bool(found)


async def end_registration(connection: Connection, invite_id: UUID, user_id: UUID) -> bool:
    """Remove what `is_counted` reads; False if there is nothing."""
    found = await connection.fetchval(
        "DELETE FROM invite_registrations WHERE user_id = $1 AND invite_id = $2 RETURNING TRUE", user_id, invite_id
    )
    return bool(found)


async def delete(connection: Connection, server_id: UUID, invite_id: UUID) -> bool:
    """Remove an invite of a server; False if there is none."""
    found = await connection.fetchval(
        "DELETE FROM server_invites WHERE id = $2 AND server_id = $1 RETURNING TRUE", server_id, invite_id
    )
    return bool(found)
