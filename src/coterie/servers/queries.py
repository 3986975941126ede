"""The statements about servers and their members."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.servers.models import CountedServer, Member, Membership, PublicServer, Server

COLUMNS: Final = """
    servers.id, name, owner_id, icon_url, is_public, require_invite, created_at, updated_at, default_permissions,
    description, retention_days, retention_keeps_pins, member_count
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
    """A server, without a check of permissions."""
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


async def public_servers(connection: Connection, user_id: UUID, limit: int) -> list[PublicServer]:
    """Servers that anyone may find, the largest first, and whether and why the user is banned from them."""
    rows = await connection.fetch(
        f"""
        SELECT {COLUMNS}, bans.user_id IS NOT NULL AS is_banned, bans.reason AS ban_reason
        FROM servers LEFT JOIN LATERAL (
            SELECT user_id, reason FROM server_bans WHERE server_id = servers.id AND user_id = $1
        ) bans ON TRUE
        WHERE is_public ORDER BY member_count DESC, created_at DESC LIMIT $2
        """,
        user_id,
        limit,
    )
    return [PublicServer(**row) for row in rows]


async def update_server(connection: Connection, server: Server) -> None:
    await connection.execute(
        f"""
        UPDATE servers SET name = given.name, icon_url = given.icon_url, is_public = given.is_public,
            require_invite = given.require_invite, updated_at = given.updated_at,
            default_permissions = given.default_permissions, owner_id = given.owner_id,
            description = given.description, retention_days = given.retention_days,
            retention_keeps_pins = given.retention_keeps_pins
        FROM {MADE.given} WHERE servers.id = given.id
        """,
        *MADE.arrays([server]),
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


async def insert_member(
    connection: Connection, server_id: UUID, user_id: UUID, now: datetime, position: int | None = None
) -> None:
    """Insert a member, whose joining has a position of the server's topic, and count them.

    A person gets the roles that all newcomers get; a bot gets its roles from members alone. An existing member violates
    `server_members_pkey`.
    """
    await connection.execute(
        """
        WITH joined AS (
            INSERT INTO server_members (server_id, user_id, joined_at, joined_position) VALUES ($1, $2, $3, $4)
        ), given AS (
            INSERT INTO member_roles (server_id, user_id, role_id)
            SELECT $1, $2, id FROM roles
            WHERE roles.server_id = $1 AND auto_assign AND NOT EXISTS (SELECT FROM users WHERE users.id = $2 AND is_bot)
        )
        UPDATE servers SET member_count = member_count + 1 WHERE id = $1
        """,
        server_id,
        user_id,
        now,
        position,
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
