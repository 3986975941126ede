"""The statements about roles, who has them, and overrides."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.permissions.models import Override, Role


class HeldRole(NamedTuple):
    """A role of a member."""

    server_id: UUID
    user_id: UUID
    role_id: UUID


MADE: Final = columns(Role)
GIVEN: Final = columns(HeldRole)


async def insert(connection: Connection, *roles: Role) -> None:
    await connection.execute(
        f"INSERT INTO roles ({MADE.names}) SELECT {MADE.names} FROM {MADE.given}", *MADE.arrays(roles)
    )


async def update_role(connection: Connection, role: Role) -> None:
    await connection.execute(
        """
        UPDATE roles SET name = $2, permissions = $3, color = $4, position = $5, hoist = $6, auto_assign = $7
        WHERE id = $1
        """,
        role.id,
        role.name,
        role.permissions,
        role.color,
        role.position,
        role.hoist,
        role.auto_assign,
    )


async def delete_role(connection: Connection, role_id: UUID) -> None:
    """Delete a role, with its overrides, and take it from its members."""
    await connection.execute("DELETE FROM roles WHERE id = $1", role_id)


async def give_role(connection: Connection, role: Role, user_id: UUID) -> bool:
    """Give a member a role; False if they had it."""
    given = await connection.fetchval(
        """
        INSERT INTO member_roles (server_id, user_id, role_id) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING RETURNING TRUE
        """,
        role.server_id,
        user_id,
        role.id,
    )
    return bool(given)


async def give_roles(connection: Connection, held: Sequence[HeldRole]) -> None:
    """Give members roles; what they have, they keep."""
    await connection.execute(
        f"INSERT INTO member_roles ({GIVEN.names}) SELECT {GIVEN.names} FROM {GIVEN.given} ON CONFLICT DO NOTHING",
        *GIVEN.arrays(held),
    )


async def roles(connection: Connection, server_id: UUID) -> list[Role]:
    """A server's roles, the highest first (at most as many as one server may have)."""
    rows = await connection.fetch(
        """
        SELECT id, server_id, name, permissions, color, position, created_at, hoist, auto_assign FROM roles
        WHERE server_id = $1 ORDER BY position DESC, id
        """,
        server_id,
    )
    return [Role(**row) for row in rows]


async def overrides(connection: Connection, server_id: UUID) -> list[Override]:
    """All overrides of a server's channels. The one for everyone names the server as its role."""
    rows = await connection.fetch(
        """
        SELECT held.id, channel_id, user_id, allow, deny,
               CASE WHEN user_id IS NULL THEN coalesce(role_id, channels.server_id) END AS role_id
        FROM channels JOIN channel_permission_overrides AS held ON held.channel_id = channels.id
        WHERE channels.server_id = $1
        """,
        server_id,
    )
    return [Override(**row) for row in rows]


async def take_role(connection: Connection, role: Role, user_id: UUID) -> bool:
    """Take a role from a member; False if they did not have it."""
    taken = await connection.fetchval(
        "DELETE FROM member_roles WHERE server_id = $1 AND user_id = $2 AND role_id = $3 RETURNING TRUE",
        role.server_id,
        user_id,
        role.id,
    )
    return bool(taken)


async def put_override(connection: Connection, override: Override, everybody: UUID) -> None:
    """Insert an override or update its bits; in the table, the one for `everybody` names neither role nor user."""
    await connection.execute(
        """
        INSERT INTO channel_permission_overrides (id, channel_id, role_id, user_id, allow, deny)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET allow = excluded.allow, deny = excluded.deny
        """,
        override.id,
        override.channel_id,
        override.role_id if override.role_id != everybody else None,
        override.user_id,
        override.allow,
        override.deny,
    )


async def delete_override(connection: Connection, override_id: UUID) -> None:
    await connection.execute("DELETE FROM channel_permission_overrides WHERE id = $1", override_id)


async def delete_overrides_for(connection: Connection, server_id: UUID, user_id: UUID) -> list[Override]:
    """Delete what the server's channels allow or deny to a user; returns that."""
    rows = await connection.fetch(
        """
        DELETE FROM channel_permission_overrides AS held USING channels
        WHERE channels.id = channel_id AND server_id = $1 AND user_id = $2
        RETURNING held.id, channel_id, role_id, user_id, allow, deny
        """,
        server_id,
        user_id,
    )
    return [Override(**row) for row in rows]
