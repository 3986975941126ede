"""The SQL statements for sessions."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from coterie.accounts.lifetimes import Lifetimes
from coterie.accounts.models import Session
from coterie.database.connection import Connection
from coterie.viewer import SCOPES, Viewer


class Refreshable(NamedTuple):
    """A session whose refresh token is presented; `is_confirmed` if a client has used the newest generation."""

    id: UUID
    user_id: UUID
    generation: int
    is_confirmed: bool
    refresh_hash: bytes
    user_agent: str
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    is_lasting: bool
    is_disabled: bool


async def viewer(connection: Connection, user_id: UUID, session_id: UUID) -> tuple[Viewer, int | None] | None:
    """The caller, if the session has not ended and the account is not disabled.

    Also returns the generation of the session's tokens that no client has used yet, if there is one.
    """
    row = await connection.fetchrow(
        """
        SELECT users.id AS user_id, sessions.id AS session_id, username, is_admin,
               CASE WHEN is_bot THEN 'bot' ELSE 'session' END AS kind, scopes,
               CASE WHEN NOT is_confirmed THEN generation END AS unconfirmed
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id = $1 AND users.id = $2 AND sessions.expires_at > now() AND disabled_at IS NULL
        """,
        session_id,
        user_id,
    )
    if row is None:
        return None
    found = dict(row)
    unconfirmed = found.pop("unconfirmed")
    return _viewer(found), unconfirmed


async def delete_bot_sessions(connection: Connection, creator_id: UUID) -> list[tuple[UUID, UUID]]:
    """End the sessions of the bots that an account has created; returns account and session of each."""
    rows = await connection.fetch(
        """
        DELETE FROM sessions WHERE user_id = ANY(ARRAY(SELECT bots.user_id FROM bots WHERE created_by = $1))
        RETURNING user_id, id
        """,
        creator_id,
    )
    return [(row["user_id"], row["id"]) for row in rows]


async def viewers(connection: Connection, sessions: Collection[UUID]) -> list[Viewer]:
    """The callers of these sessions, without ended sessions and disabled accounts."""
    rows = await connection.fetch(
        """
        SELECT users.id AS user_id, sessions.id AS session_id, username, is_admin,
               CASE WHEN is_bot THEN 'bot' ELSE 'session' END AS kind, scopes
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id = ANY($1) AND sessions.expires_at > now() AND disabled_at IS NULL
        """,
        sessions,
    )
    return [_viewer(dict(row)) for row in rows]


def _viewer(found: dict[str, Any]) -> Viewer:
    """A login can be used for everything, an access token for what its scopes say."""
    scopes = found.pop("scopes")
    return Viewer(**found, scopes=SCOPES if scopes is None else frozenset(scopes))


async def insert_session(connection: Connection, session: Session, user_id: UUID, refresh_hash: bytes) -> None:
    await connection.execute(
        """
        INSERT INTO sessions (id, user_id, refresh_hash, user_agent, created_at, refreshed_at, expires_at, is_lasting)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        session.id,
        user_id,
        refresh_hash,
        session.user_agent,
        session.created_at,
        session.refreshed_at,
        session.expires_at,
        session.is_lasting,
    )


async def find_refreshable(connection: Connection, session_id: UUID) -> Refreshable | None:
    """Lock a session to exchange its refresh token."""
    row = await connection.fetchrow(
        """
        SELECT sessions.id, user_id, generation, is_confirmed, refresh_hash, user_agent, sessions.created_at,
               refreshed_at, expires_at, is_lasting, disabled_at IS NOT NULL AS is_disabled
        FROM sessions JOIN users ON users.id = user_id WHERE sessions.id = $1
        FOR UPDATE OF sessions
        """,
        session_id,
    )
    return Refreshable(**row) if row else None


async def find_by_hash(connection: Connection, refresh_hash: bytes) -> Refreshable | None:
    """Lock the session whose refresh token has this hash, or had it before the last exchange.

    For tokens that this secret did not make: of earlier versions, and from before the secret changed.
    """
    session_id = await connection.fetchval(
        """
        SELECT id FROM sessions WHERE refresh_hash = $1 OR previous_hash = $1
        ORDER BY refresh_hash = $1 DESC LIMIT 1
        """,
        refresh_hash,
    )
    return await find_refreshable(connection, session_id) if session_id else None


async def confirm_generation(connection: Connection, session_id: UUID, generation: int) -> None:
    """Note that a client has received this generation of its tokens; at most one write for each."""
    await connection.execute(
        "UPDATE sessions SET is_confirmed = TRUE WHERE id = $1 AND generation = $2 AND NOT is_confirmed",
        session_id,
        generation,
    )


async def rotate_session(connection: Connection, session: Session, refresh_hash: bytes, previous_hash: bytes) -> None:
    """Replace the refresh token by the next generation, which nobody has used yet, and extend the session."""
    await connection.execute(
        """
        UPDATE sessions SET generation = generation + 1, is_confirmed = FALSE, refresh_hash = $2, previous_hash = $3,
            refreshed_at = $4, expires_at = $5
        WHERE id = $1
        """,
        session.id,
        refresh_hash,
        previous_hash,
        session.refreshed_at,
        session.expires_at,
    )


async def extend(
    connection: Connection, sessions: Collection[UUID], lifetimes: Lifetimes, now: datetime
) -> list[tuple[UUID, Session]]:
    """Extend live logins whose last use was `lifetimes.step` ago; returns them with their accounts."""
    rows = await connection.fetch(
        """
        WITH due AS (
            SELECT id, least($2::timestamptz + $3::interval, created_at + $4::interval) AS later FROM sessions
            WHERE id = ANY($1) AND expires_at > $2 AND scopes IS NULL
                AND expires_at <= $2::timestamptz + $3::interval - $5::interval
                AND expires_at < created_at + $4::interval
            ORDER BY id FOR UPDATE SKIP LOCKED
        )
        UPDATE sessions SET expires_at = later FROM due WHERE sessions.id = due.id
        RETURNING user_id, sessions.id, user_agent, created_at, refreshed_at, expires_at, FALSE AS is_current,
            is_lasting, name, scopes
        """,
        list(sessions),
        now,
        lifetimes.idle,
        lifetimes.absolute,
        lifetimes.step,
    )
    return [(row["user_id"], Session(**{name: row[name] for name in Session.__struct_fields__})) for row in rows]


async def delete_expired(connection: Connection, limit: int) -> list[tuple[UUID, UUID]]:
    """Delete expired sessions; returns account and session of each. Those that another process ends are left to it."""
    rows = await connection.fetch(
        """
        DELETE FROM sessions WHERE id IN (
            SELECT id FROM sessions WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        RETURNING user_id, id
        """,
        limit,
    )
    return [(row["user_id"], row["id"]) for row in rows]


async def next_expiry(connection: Connection) -> float | None:
    """In how many seconds the next session expires; None if there is none."""
    seconds = await connection.fetchval(
        "SELECT extract(epoch FROM min(expires_at) - now())::float FROM sessions WHERE expires_at > now()"
    )
    return None if seconds is None else float(seconds)


async def sessions(connection: Connection, user_id: UUID, current: UUID) -> list[Session]:
    """The account's live sessions, access tokens included, newest first (SESSION_LIMIT and TOKEN_LIMIT at most)."""
    rows = await connection.fetch(
        """
        SELECT id, user_agent, created_at, refreshed_at, expires_at, id = $2 AS is_current, is_lasting, name, scopes
        FROM sessions WHERE user_id = $1 AND expires_at > now() ORDER BY created_at DESC
        """,
        user_id,
        current,
    )
    return [Session(**row) for row in rows]


async def delete_session(connection: Connection, user_id: UUID, session_id: UUID) -> bool:
    deleted = await connection.fetchval(
        "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING TRUE", session_id, user_id
    )
    return bool(deleted)


async def delete_sessions(connection: Connection, user_id: UUID, *, keep: UUID | None = None) -> list[UUID]:
    """End the account's sessions, except the one to keep."""
    rows = await connection.fetch(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 RETURNING id", user_id, keep
    )
    return [row["id"] for row in rows]


async def delete_old_sessions(connection: Connection, user_id: UUID, keep: int) -> list[UUID]:
    """End the expired sessions of an account, and the oldest logins beyond the number to keep."""
    rows = await connection.fetch(
        """
        DELETE FROM sessions WHERE user_id = $1 AND (expires_at <= now() OR id IN (
            SELECT id FROM sessions WHERE user_id = $1 AND expires_at > now() AND scopes IS NULL
            ORDER BY created_at DESC OFFSET $2))
        RETURNING id
        """,
        user_id,
        keep,
    )
    return [row["id"] for row in rows]
