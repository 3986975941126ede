"""The statements about a server's members with their presence and their roles, as lists of members show them.

The roles are read once for each list, since a member may have most of a server's.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from uuid import UUID

from coterie.database.connection import Connection, Row
from coterie.presence.queries import SHOWN
from coterie.servers.models import MemberRole, PresentMember
from coterie.servers.queries import MEMBER

Ranked = dict[UUID, tuple[int, MemberRole]]
"""A server's roles, each with its place among them: the highest is the first."""


async def members(connection: Connection, server_id: UUID, after: UUID | None, limit: int) -> list[PresentMember]:
    """A page of a server's members in the order in which they joined, after the given one."""
    rows = await connection.fetch(
        f"""
        SELECT {MEMBER}, {SHOWN}
        FROM server_members JOIN users ON users.id = user_id
        WHERE server_id = $1 AND ($2::uuid IS NULL OR (joined_at, user_id) > (
            SELECT joined_at, user_id FROM server_members WHERE server_id = $1 AND user_id = $2))
        ORDER BY joined_at, user_id LIMIT $3
        """,
        server_id,
        after,
        limit,
    )
    return await _present(connection, server_id, rows)


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
        SELECT {MEMBER}, {SHOWN}
        FROM found JOIN server_members USING (user_id) JOIN users ON users.id = user_id
        WHERE server_id = $1 ORDER BY found.name, user_id
        """,
        server_id,
        beginning,
        limit,
    )
    return await _present(connection, server_id, rows)


async def present_member(connection: Connection, server_id: UUID, user_id: UUID) -> PresentMember | None:
    """A member with their presence."""
    row = await connection.fetchrow(
        f"""
        SELECT {MEMBER}, {SHOWN}
        FROM server_members JOIN users ON users.id = user_id WHERE server_id = $1 AND user_id = $2
        """,
        server_id,
        user_id,
    )
    found = await _present(connection, server_id, [row] if row else [])
    return found[0] if found else None


async def _present(connection: Connection, server_id: UUID, rows: Sequence[Row]) -> list[PresentMember]:
    """Members with their roles; those with the same roles share the list of them."""
    ranked = await _roles(connection, server_id) if rows else {}
    known: dict[tuple[UUID, ...], list[MemberRole]] = {}
    found: list[PresentMember] = []
    for row in rows:
        ids = tuple(row["role_ids"])
        if ids not in known:
            known[ids] = _by_rank(ranked, ids)
        found.append(PresentMember(**row, roles=known[ids]))
    return found


async def _roles(connection: Connection, server_id: UUID) -> Ranked:
    rows = await connection.fetch(
        "SELECT id, name, color, position FROM roles WHERE server_id = $1 ORDER BY position DESC, id", server_id
    )
    return {row["id"]: (place, MemberRole(**row)) for place, row in enumerate(rows)}


def _by_rank(ranked: Ranked, ids: Iterable[UUID]) -> list[MemberRole]:
    held = sorted((ranked[id] for id in ids if id in ranked), key=itemgetter(0))
    return [role for _, role in held]
