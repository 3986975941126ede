"""SQL statements for invites."""

from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.invites.models import InvitePage, ServerInvite
from coterie.presence.queries import IS_SHOWN

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


async def page(connection: Connection, invite_id: UUID) -> InvitePage | None:
    """What an invite's page shows; None if it was revoked meanwhile."""
    row = await connection.fetchrow(
        f"""
        SELECT server_invites.code, servers.name AS server_name, servers.icon_url AS server_icon_url,
               servers.description AS server_description, server_invites.expires_at,
               coalesce(inviters.display_name, inviters.username) AS inviter_name,
               servers.member_count,
               (SELECT count(*) FROM server_members JOIN users ON users.id = server_members.user_id
                WHERE server_id = servers.id AND {IS_SHOWN}) AS online_count
        FROM server_invites JOIN servers ON servers.id = server_invites.server_id
        LEFT JOIN users AS inviters ON inviters.id = server_invites.created_by
        WHERE server_invites.id = $1
        """,
        invite_id,
    )
    return InvitePage(**row) if row else None


async def insert_revoked(connection: Connection, code: str) -> None:
    """Record that this code was an invite's."""
    await connection.execute("INSERT INTO revoked_invites (code) VALUES ($1) ON CONFLICT DO NOTHING", code)


async def is_revoked(connection: Connection, code: str) -> bool:
    """Whether an invite with this code was revoked lately."""
    found = await connection.fetchval("SELECT TRUE FROM revoked_invites WHERE code = $1", code)
    return bool(found)


async def forget_revoked(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the codes of some invites that were revoked before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM revoked_invites WHERE code IN (
            SELECT code FROM revoked_invites WHERE revoked_at < $1 ORDER BY revoked_at LIMIT $2
        ) RETURNING code
        """,
        before,
        limit,
    )
    return len(rows)


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


async def delete(connection: Connection, server_id: UUID, invite_id: UUID) -> str | None:
    """Remove an invite of a server; returns its code, None if there is none."""
    code: str | None = await connection.fetchval(
        "DELETE FROM server_invites WHERE id = $2 AND server_id = $1 RETURNING code", server_id, invite_id
    )
    return code


async def forget_creator(connection: Connection, server_id: UUID, user_id: UUID) -> list[ServerInvite]:
    """The server's invites that a user made are nobody's from now on; returns them."""
    rows = await connection.fetch(
        f"""
        UPDATE server_invites SET created_by = NULL WHERE server_id = $1 AND created_by = $2 RETURNING {COLUMNS}
        """,
        server_id,
        user_id,
    )
    return [ServerInvite(**row) for row in rows]
