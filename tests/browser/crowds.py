"""Many members of a server at once, written as rows."""

from coterie.database.pool import OwnConnection
from tests.people import Community


async def crowd(rows: OwnConnection, community: Community, size: int, role_id: str | None = None) -> str:
    """Adds that many members, with a role if given; returns what their names start with, before `_1` to `_<size>`."""
    prefix = community.server.replace("-", "")[:12]
    await rows.execute(
        """
        WITH made AS (
            INSERT INTO topics (id, kind) SELECT gen_random_uuid(), 'user' FROM generate_series(1, $2::int)
            RETURNING id
        ), people AS (
            INSERT INTO users (id, username, created_at)
            SELECT id, $3 || '_' || row_number() OVER (), now() FROM made RETURNING id, username
        ), joined AS (
            INSERT INTO server_members (server_id, user_id, joined_at)
            SELECT $1, id, now() + split_part(username, '_', 2)::int * interval '1 millisecond' FROM people
            RETURNING user_id
        ), given AS (
            INSERT INTO member_roles (server_id, user_id, role_id)
            SELECT $1, user_id, $4 FROM joined WHERE $4::uuid IS NOT NULL
        )
        UPDATE servers SET member_count = member_count + $2 WHERE id = $1
        """,
        community.server,
        size,
        prefix,
        role_id,
    )
    return prefix
