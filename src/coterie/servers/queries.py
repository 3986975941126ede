"""The statements about servers and their members."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection, Row
from coterie.presence.queries import SHOWN
from coterie.servers.models import CountedServer, Member, MemberRole, Membership, PresentMember, Server

COLUMNS: Final = """
    servers.id, name, owner_id, icon_url, is_public, require_invite, created_at, updated_at, default_permissions,
    description, member_count
"""
MEMBER: Final = """
    users.id, users.id AS user_id, server_members.server_id, username, avatar_url, bio, pronouns,
    users.created_at, display_name, nickname, joined_at,
    ARRAY(SELECT role_id FROM member_roles
          WHERE member_roles.server_id = server_members.server_id AND member_roles.user_id = users.id
          ORDER BY role_id) AS role_ids,
    (SELECT expires_at FROM member_timeouts
     WHERE member_timeouts.server_id = server_members.server_id AND member_timeouts.user_id = users.id)
        AS timeout_expires_at
"""

PRESENT: Final = f"""
    {SHOWN},
    ARRAY(SELECT (roles.id, roles.name, roles.color, roles.position)
          FROM member_roles JOIN roles ON roles.id = member_roles.role_id
          WHERE member_roles.server_id = server_members.server_id AND member_roles.user_id = users.id
          ORDER BY roles.position DESC, roles.id) AS roles
"""


class NewMember(NamedTuple):
    """A member who comes with a nickname."""

    server_id: UUID
    user_id: UUID
    nickname: str | None
    joined_at: datetime


MADE: Final = columns(Server)
JOINING: Final = columns(NewMember)


async def insert(connection: Connection, *servers: Server) -> None:
    """New servers and their topics."""
    await connection.execute(
        f"""
        WITH given AS (SELECT {MADE.names} FROM {MADE.given}),
        opened AS (INSERT INTO topics (id, kind) SELECT id, 'server' FROM given)
        INSERT INTO servers ({MADE.names}) SELECT {MADE.names} FROM given
        """,
        *MADE.arrays(servers),
    )


async def server(connection: Connection, server_id: UUID) -> CountedServer | None:
    """A server, without a check of rights."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM servers WHERE id = $1", server_id)
    return CountedServer(**row) if row else None


async def server_of_member(connection: Connection, server_id: UUID, user_id: UUID) -> CountedServer | None:
    """A server, if the user is a member of it."""
    row = await connection.fetchrow(
        f"""
        SELECT {COLUMNS} FROM servers JOIN server_members ON server_members.server_id = servers.id
        WHERE servers.id = $1 AND user_id = $2
        """,
        server_id,
        user_id,
    )
    return CountedServer(**row) if row else None


async def servers_of(connection: Connection, user_id: UUID) -> list[CountedServer]:
    """The servers that a user is in, oldest server first (at most as many as one account may join)."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM servers JOIN server_members ON server_members.server_id = servers.id
        WHERE user_id = $1 ORDER BY servers.created_at, servers.id
        """,
        user_id,
    )
    return [CountedServer(**row) for row in rows]


async def public_servers(connection: Connection, limit: int) -> list[CountedServer]:
    """Servers that anyone may find, the largest first."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM servers WHERE is_public ORDER BY member_count DESC, created_at DESC LIMIT $1",
        limit,
    )
    return [CountedServer(**row) for row in rows]


async def update_server(connection: Connection, server: Server) -> None:
    await connection.execute(
        """
        UPDATE servers SET name = $2, icon_url = $3, is_public = $4, require_invite = $5, updated_at = $6,
            default_permissions = $7, owner_id = $8, description = $9
        WHERE id = $1
        """,
        server.id,
        server.name,
        server.icon_url,
        server.is_public,
        server.require_invite,
        server.updated_at,
        server.default_permissions,
        server.owner_id,
        server.description,
    )


async def delete_server(connection: Connection, server_id: UUID) -> None:
    """Delete a server with its channels, messages and histories: all of it depends on the topics."""
    await connection.execute(
        """
        WITH places AS (SELECT id FROM channels WHERE server_id = $1)
        DELETE FROM topics
        WHERE id = $1 OR id IN (SELECT id FROM places)
            OR id IN (SELECT id FROM documents WHERE channel_id IN (SELECT id FROM places))
        """,
        server_id,
    )


async def is_member(connection: Connection, server_id: UUID, user_id: UUID) -> bool:
    found = await connection.fetchval(
        "SELECT TRUE FROM server_members WHERE server_id = $1 AND user_id = $2", server_id, user_id
    )
    return bool(found)


async def count_memberships(connection: Connection, user_id: UUID) -> int:
    count: int = await connection.fetchval("SELECT count(*) FROM server_members WHERE user_id = $1", user_id)
    return count


async def insert_member(connection: Connection, server_id: UUID, user_id: UUID, now: datetime) -> None:
    """Insert a member and count them; an existing member violates `server_members_pkey`."""
    await connection.execute(
        """
        WITH joined AS (INSERT INTO server_members (server_id, user_id, joined_at) VALUES ($1, $2, $3))
        UPDATE servers SET member_count = member_count + 1 WHERE id = $1
        """,
        server_id,
        user_id,
        now,
    )


async def insert_members(connection: Connection, members: Sequence[NewMember]) -> None:
    """New members, counted; one who is in the server stays as they are."""
    await connection.execute(
        f"""
        WITH joined AS (
            INSERT INTO server_members ({JOINING.names}) SELECT {JOINING.names} FROM {JOINING.given}
            ON CONFLICT (server_id, user_id) DO NOTHING
            RETURNING server_id
        ), counted AS (
            SELECT server_id, count(*) AS count FROM joined GROUP BY server_id
        )
        UPDATE servers SET member_count = member_count + counted.count FROM counted
        WHERE servers.id = counted.server_id AND servers.id = ANY($1)
        """,
        *JOINING.arrays(members),
    )


async def delete_member(connection: Connection, server_id: UUID, user_id: UUID) -> bool:
    """Delete a member and lower the count; False if there was none."""
    removed = await connection.fetchval(
        """
        WITH gone AS (DELETE FROM server_members WHERE server_id = $1 AND user_id = $2 RETURNING server_id)
        UPDATE servers SET member_count = member_count - 1 FROM gone WHERE id = gone.server_id RETURNING TRUE
        """,
        server_id,
        user_id,
    )
    return bool(removed)


async def member_ids(connection: Connection, server_id: UUID) -> list[UUID]:
    rows = await connection.fetch("SELECT user_id FROM server_members WHERE server_id = $1", server_id)
    return [row["user_id"] for row in rows]


async def member(connection: Connection, server_id: UUID, user_id: UUID) -> Member | None:
    row = await connection.fetchrow(
        f"""
        SELECT {MEMBER} FROM server_members JOIN users ON users.id = user_id
        WHERE server_id = $1 AND user_id = $2
        """,
        server_id,
        user_id,
    )
    return Member(**row) if row else None


async def members_among(connection: Connection, pairs: Sequence[tuple[UUID, UUID]]) -> list[Member]:
    """Of these pairs of server and user, those who are members."""
    rows = await connection.fetch(
        f"""
        SELECT {MEMBER} FROM unnest($1::uuid[], $2::uuid[]) AS given (server_id, user_id)
        JOIN server_members ON server_members.server_id = given.server_id AND server_members.user_id = given.user_id
        JOIN users ON users.id = given.user_id
        WHERE server_members.server_id = ANY($1) AND users.id = ANY($2)
        """,
        [server for server, _ in pairs],
        [user for _, user in pairs],
    )
    return [Member(**row) for row in rows]


async def memberships(connection: Connection, user_id: UUID) -> list[Member]:
    """A user's membership in each of their servers."""
    rows = await connection.fetch(
        f"SELECT {MEMBER} FROM server_members JOIN users ON users.id = user_id WHERE user_id = $1", user_id
    )
    return [Member(**row) for row in rows]


async def memberships_of(connection: Connection, user_id: UUID) -> list[Membership]:
    """A user's memberships, as their own topic stores them."""
    rows = await connection.fetch("SELECT server_id AS id, joined_at FROM server_members WHERE user_id = $1", user_id)
    return [Membership(**row) for row in rows]


async def every_member(connection: Connection, server_id: UUID) -> list[Member]:
    """All members of a server in the order in which they joined, as the log stores them."""
    rows = await connection.fetch(
        f"""
        SELECT {MEMBER} FROM server_members JOIN users ON users.id = user_id
        WHERE server_id = $1 ORDER BY joined_at, user_id
        """,
        server_id,
    )
    return [Member(**row) for row in rows]


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


async def update_nickname(connection: Connection, server_id: UUID, user_id: UUID, nickname: str | None) -> None:
    await connection.execute(
        "UPDATE server_members SET nickname = $3 WHERE server_id = $1 AND user_id = $2", server_id, user_id, nickname
    )


async def may_own(connection: Connection, server_id: UUID, user_id: UUID) -> bool:
    """Whether a user is a member whose account is not disabled."""
    found = await connection.fetchval(
        """
        SELECT TRUE FROM server_members JOIN users ON users.id = user_id
        WHERE server_id = $1 AND user_id = $2 AND disabled_at IS NULL
        """,
        server_id,
        user_id,
    )
    return bool(found)


def _with_roles(row: Row) -> dict[str, Any]:
    return {**row, "roles": [MemberRole(*role) for role in row["roles"]]}
