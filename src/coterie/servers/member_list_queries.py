"""The statements about a server's members with their presence and their roles, as lists of members show them."""

from typing import Any, Final
from uuid import UUID

from coterie.database.connection import Connection, Row
from coterie.presence.queries import SHOWN
from coterie.servers.models import MemberRole, PresentMember
from coterie.servers.queries import MEMBER

PRESENT: Final = f"""
    {SHOWN},
    ARRAY(SELECT (roles.id, roles.name, roles.color, roles.position)
          FROM member_roles JOIN roles ON roles.id = member_roles.role_id
          WHERE member_roles.server_id = server_members.server_id AND member_roles.user_id = users.id
          ORDER BY roles.position DESC, roles.id) AS roles
"""


async def members(connection: Connection, server_id: UUID, after: UUID | None, limit: int) -> list[PresentMember]:
    """A page of a server's members in the order in which they joined, after the given one."""
    rows = await connection.fetch(
        f"""
        SELECT {MEMBER}, {PRESENT}
        FROM server_members JOIN users ON users.id = user_id
        WHERE server_id = $1 AND ($2::uuid IS NULL OR (joined_at, user_id) > (
            SELECT joined_at, user_id FROM server_members WHERE server_id = $1 AND user_id = $2))
        ORDER BY joined_at, user_id LIMIT $3
        """,
        server_id,
        after,
        limit,
    )
    return [PresentMember(**_with_roles(row)) for row in rows]


async def named(connection: Connection, server_id: UUID, beginning: str, limit: int) -> list[PresentMember]:
    """Members with a name that begins like this, ignoring case: their nickname here, display name, or user name."""
    rows = await connection.fetch(
        f"""
        WITH wanted AS (
            SELECT lower($2) COLLATE "C" AS first, (lower($2) || chr(1114111)) COLLATE "C" AS behind
        ), named AS (
            (SELECT user_id, lower(nickname) COLLATE "C" AS name FROM server_members, wanted
             WHERE server_id = $1 AND nickname IS NOT NULL
                AND lower(nickname) COLLATE "C" >= first AND lower(nickname) COLLATE "C" < behind
             ORDER BY lower(nickname) COLLATE "C" LIMIT $3)
            UNION ALL
            (SELECT users.id, lower(display_name) COLLATE "C" FROM wanted, users
             JOIN server_members ON server_id = $1 AND user_id = users.id
             WHERE display_name IS NOT NULL
                AND lower(display_name) COLLATE "C" >= first AND lower(display_name) COLLATE "C" < behind
             ORDER BY lower(display_name) COLLATE "C" LIMIT $3)
            UNION ALL
            (SELECT users.id, lower(username) COLLATE "C" FROM wanted, users
             JOIN server_members ON server_id = $1 AND user_id = users.id
             WHERE lower(username) COLLATE "C" >= first AND lower(username) COLLATE "C" < behind
             ORDER BY lower(username) COLLATE "C" LIMIT $3)
        ), found AS (
            SELECT user_id, min(name) AS name FROM named GROUP BY user_id ORDER BY min(name), user_id LIMIT $3
        )
        SELECT {MEMBER}, {PRESENT}
        FROM found JOIN server_members USING (user_id) JOIN users ON users.id = user_id
        WHERE server_id = $1 ORDER BY found.name, user_id
        """,
        server_id,
        beginning,
        limit,
    )
    return [PresentMember(**_with_roles(row)) for row in rows]


async def present_member(connection: Connection, server_id: UUID, user_id: UUID) -> PresentMember | None:
    """A member with their presence."""
    row = await connection.fetchrow(
        f"""
        SELECT {MEMBER}, {PRESENT}
        FROM server_members JOIN users ON users.id = user_id WHERE server_id = $1 AND user_id = $2
        """,
        server_id,
        user_id,
    )
    return PresentMember(**_with_roles(row)) if row else None


def _with_roles(row: Row) -> dict[str, Any]:
    return {**row, "roles": [MemberRole(*role) for role in row["roles"]]}
