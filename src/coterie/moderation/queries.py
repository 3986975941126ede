"""SQL statements for bans and timeouts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec.structs import astuple

from coterie.database.columns import columns
from coterie.database.connection import Connection
from coterie.moderation.models import ServerBan, Timeout

BANNED: Final = columns(ServerBan)
TIMED_OUT: Final = columns(Timeout)
BAN: Final = "user_id, server_id, banned_by, reason, created_at"
TIMEOUT: Final = "user_id, server_id, expires_at, reason, created_by, created_at"


async def is_user(connection: Connection, user_id: UUID) -> bool:
    return bool(await connection.fetchval("SELECT TRUE FROM users WHERE id = $1", user_id))


async def put_ban(connection: Connection, ban: ServerBan) -> ServerBan:
    """Ban a user; a user who is banned already gets the new reason and moderator."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO server_bans (user_id, server_id, banned_by, reason, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (server_id, user_id) DO UPDATE SET banned_by = excluded.banned_by, reason = excluded.reason
        RETURNING {BAN}
        """,
        *astuple(ban),
    )
    assert row is not None, "an insert or update answers its row"
    return ServerBan(**row)


async def insert_bans(connection: Connection, bans: Sequence[ServerBan]) -> list[ServerBan]:
    """Ban people; a ban that there is stays. Answers those that are new."""
    rows = await connection.fetch(
        f"""
        INSERT INTO server_bans ({BANNED.names}) SELECT {BANNED.names} FROM {BANNED.given}
        ON CONFLICT (server_id, user_id) DO NOTHING
        RETURNING {BAN}
        """,
        *BANNED.arrays(bans),
    )
    return [ServerBan(**row) for row in rows]


async def delete_ban(connection: Connection, server_id: UUID, user_id: UUID) -> bool:
    """Lift a ban; False if there is none."""
    found = await connection.fetchval(
        "DELETE FROM server_bans WHERE server_id = $1 AND user_id = $2 RETURNING TRUE", server_id, user_id
    )
    return bool(found)


async def bans(connection: Connection, server_id: UUID, after: UUID | None, limit: int) -> list[ServerBan]:
    """A page of a server's bans, newest first, after that of a user."""
    rows = await connection.fetch(
        f"""
        SELECT {BAN} FROM server_bans
        WHERE server_id = $1 AND ($2::uuid IS NULL OR (created_at, user_id) < (
            SELECT created_at, user_id FROM server_bans WHERE server_id = $1 AND user_id = $2))
        ORDER BY created_at DESC, user_id DESC LIMIT $3
        """,
        server_id,
        after,
        limit,
    )
    return [ServerBan(**row) for row in rows]


async def bans_of_named(connection: Connection, server_id: UUID, beginning: str, limit: int) -> list[ServerBan]:
    """The bans of users whose display name or user name begins so, ignoring case, ordered by name."""
    rows = await connection.fetch(
        f"""
        WITH wanted AS (
            SELECT lower($2) COLLATE "C" AS first, (lower($2) || chr(1114111)) COLLATE "C" AS behind
        ), named AS (
            (SELECT user_id, lower(display_name) COLLATE "C" AS name FROM wanted, users
             JOIN server_bans ON server_id = $1 AND user_id = users.id
             WHERE display_name IS NOT NULL
                AND lower(display_name) COLLATE "C" >= first AND lower(display_name) COLLATE "C" < behind
             ORDER BY lower(display_name) COLLATE "C" LIMIT $3)
            UNION ALL
            (SELECT user_id, lower(username) COLLATE "C" FROM wanted, users
             JOIN server_bans ON server_id = $1 AND user_id = users.id
             WHERE lower(username) COLLATE "C" >= first AND lower(username) COLLATE "C" < behind
             ORDER BY lower(username) COLLATE "C" LIMIT $3)
        ), found AS (
            SELECT user_id, min(name) AS name FROM named GROUP BY user_id ORDER BY min(name), user_id LIMIT $3
        )
        SELECT {BAN} FROM found JOIN server_bans USING (user_id) WHERE server_id = $1 ORDER BY name, user_id
        """,
        server_id,
        beginning,
        limit,
    )
    return [ServerBan(**row) for row in rows]


async def every_ban(connection: Connection, server_id: UUID) -> list[ServerBan]:
    rows = await connection.fetch(f"SELECT {BAN} FROM server_bans WHERE server_id = $1", server_id)
    return [ServerBan(**row) for row in rows]


async def forget_moderator(connection: Connection, server_id: UUID, user_id: UUID, limit: int) -> list[ServerBan]:
    """Some of the server's bans that a user gave are nobody's from now on; returns these."""
    rows = await connection.fetch(
        f"""
        UPDATE server_bans SET banned_by = NULL
        WHERE server_id = $1 AND user_id IN (
            SELECT user_id FROM server_bans WHERE server_id = $1 AND banned_by = $2 LIMIT $3
        )
        RETURNING {BAN}
        """,
        server_id,
        user_id,
        limit,
    )
    return [ServerBan(**row) for row in rows]


async def put_timeout(connection: Connection, given: Timeout) -> None:
    """Time a member out, in place of a timeout that they have."""
    await connection.execute(
        """
        INSERT INTO member_timeouts (user_id, server_id, expires_at, reason, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (server_id, user_id) DO UPDATE
        SET expires_at = excluded.expires_at, reason = excluded.reason, created_by = excluded.created_by,
            created_at = excluded.created_at
        """,
        *astuple(given),
    )


async def insert_timeouts(connection: Connection, timeouts: Sequence[Timeout]) -> None:
    """Time people out; a timeout that there is stays."""
    await connection.execute(
        f"""
        INSERT INTO member_timeouts ({TIMED_OUT.names}) SELECT {TIMED_OUT.names} FROM {TIMED_OUT.given}
        ON CONFLICT (server_id, user_id) DO NOTHING
        """,
        *TIMED_OUT.arrays(timeouts),
    )


async def delete_timeout(connection: Connection, server_id: UUID, user_id: UUID) -> bool:
    """End a timeout; False if there is none."""
    found = await connection.fetchval(
        "DELETE FROM member_timeouts WHERE server_id = $1 AND user_id = $2 RETURNING TRUE", server_id, user_id
    )
    return bool(found)
