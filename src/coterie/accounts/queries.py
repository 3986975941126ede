"""The statements about accounts and their sessions."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from coterie.accounts.models import NamedUser, PublicProfile, RegistrationModeName, Session, User, Viewer
from coterie.database.connection import Connection, Row
from coterie.presence.queries import SHOWN_TO_VIEWER, VIEWED


async def registration_mode(connection: Connection) -> RegistrationModeName:
    """Who may register; an instance that was never configured is open."""
    mode: RegistrationModeName | None = await connection.fetchval("SELECT registration_mode FROM instance_settings")
    return mode or "open"


async def become_first(connection: Connection) -> bool:
    """Whether the account about to be made is the instance's first.

    While there is none, registrations wait here for each other until commit, so that just one is first.
    """
    if await connection.fetchval("SELECT EXISTS (SELECT FROM users)"):
        return False
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('coterie.first_account'))")
    return not await connection.fetchval("SELECT EXISTS (SELECT FROM users)")


async def insert_user(connection: Connection, user: User, password_hash: str) -> None:
    """A new account and its topic; taken names violate `users_username` and `users_email`."""
    await connection.execute(
        """
        WITH opened AS (INSERT INTO topics (id, kind) VALUES ($1, 'user') RETURNING id)
        INSERT INTO users (id, username, email, password_hash, is_admin, created_at)
        SELECT id, $2, $3, $4, $5, $6 FROM opened
        """,
        user.id,
        user.username,
        user.email,
        password_hash,
        user.is_admin,
        user.created_at,
    )


async def find_login(connection: Connection, name: str) -> Row | None:
    """The account of a user name or e-mail address, without regard to case (a name holds no @)."""
    return await connection.fetchrow(
        """
        SELECT id, username, password_hash, disabled_at IS NOT NULL AS is_disabled FROM users
        WHERE lower(username) = lower($1) OR lower(email) = lower($1)
        """,
        name,
    )


async def password_hash(connection: Connection, user_id: UUID) -> str | None:
    value: str | None = await connection.fetchval("SELECT password_hash FROM users WHERE id = $1", user_id)
    return value


async def set_password_hash(connection: Connection, user_id: UUID, password_hash: str) -> None:
    await connection.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)


async def renew_password_hash(connection: Connection, user_id: UUID, known: str, renewed: str) -> bool:
    """Set a password in place of a known one; False if that was changed meanwhile."""
    found = await connection.fetchval(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 RETURNING TRUE",
        user_id,
        known,
        renewed,
    )
    return bool(found)


async def user(connection: Connection, user_id: UUID, *, lock: bool = False) -> User | None:
    """One's own account; with `lock`, for a change of it in this transaction."""
    row = await connection.fetchrow(
        """
        SELECT id, username, email, avatar_url, bio, pronouns, status, custom_status, custom_status_expires_at,
               activity, created_at, is_admin, display_name
        FROM users WHERE id = $1
        """
        + (" FOR NO KEY UPDATE" if lock else ""),
        user_id,
    )
    return User(**row) if row else None


async def named(connection: Connection, ids: Collection[UUID | None]) -> dict[UUID | None, NamedUser]:
    """What these are called, by their ids; who is gone is missing."""
    rows = await connection.fetch(
        "SELECT id, username, display_name, avatar_url FROM users WHERE id = ANY($1::uuid[])", list(set(ids))
    )
    return {row["id"]: NamedUser(**row) for row in rows}


async def public_profile(connection: Connection, user_id: UUID, viewer: UUID) -> PublicProfile | None:
    """What everybody may see of an account that is not disabled, with how it appears to the viewer."""
    row = await connection.fetchrow(
        f"""
        SELECT users.id, username, avatar_url, {SHOWN_TO_VIEWER}, bio, pronouns, created_at, display_name
        FROM users {VIEWED}
        WHERE users.id = $2 AND disabled_at IS NULL
        """,
        viewer,
        user_id,
    )
    return PublicProfile(**row) if row else None


async def update_profile(connection: Connection, user: User) -> None:
    await connection.execute(
        """
        UPDATE users SET avatar_url = $2, bio = $3, pronouns = $4, status = $5, custom_status = $6,
            custom_status_expires_at = $7, activity = $8, display_name = $9
        WHERE id = $1
        """,
        user.id,
        user.avatar_url,
        user.bio,
        user.pronouns,
        user.status,
        user.custom_status,
        user.custom_status_expires_at,
        user.activity,
        user.display_name,
    )


async def set_email(connection: Connection, user_id: UUID, email: str | None) -> None:
    """Another address; a taken one violates `users_email`."""
    await connection.execute("UPDATE users SET email = $2 WHERE id = $1", user_id, email)


async def find_by_username(connection: Connection, username: str) -> UUID | None:
    value: UUID | None = await connection.fetchval("SELECT id FROM users WHERE lower(username) = lower($1)", username)
    return value


async def find_by_email(connection: Connection, email: str) -> UUID | None:
    value: UUID | None = await connection.fetchval("SELECT id FROM users WHERE lower(email) = lower($1)", email)
    return value


async def set_admin(connection: Connection, user_id: UUID, *, is_admin: bool) -> None:
    await connection.execute("UPDATE users SET is_admin = $2 WHERE id = $1", user_id, is_admin)


async def disable(connection: Connection, user_id: UUID, now: datetime) -> None:
    await connection.execute("UPDATE users SET disabled_at = $2 WHERE id = $1", user_id, now)


async def viewer(connection: Connection, user_id: UUID, session_id: UUID) -> Viewer | None:
    """Who is asking, if the session still stands and the account is not disabled."""
    row = await connection.fetchrow(
        """
        SELECT users.id AS user_id, sessions.id AS session_id, username, is_admin
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id = $1 AND users.id = $2 AND sessions.expires_at > now() AND disabled_at IS NULL
        """,
        session_id,
        user_id,
    )
    return Viewer(**row) if row else None


async def viewers(connection: Connection, sessions: Collection[UUID]) -> list[Viewer]:
    """Whose these sessions are, of those that still stand and whose account is not disabled."""
    rows = await connection.fetch(
        """
        SELECT users.id AS user_id, sessions.id AS session_id, username, is_admin
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.id = ANY($1) AND sessions.expires_at > now() AND disabled_at IS NULL
        """,
        sessions,
    )
    return [Viewer(**row) for row in rows]


async def insert_session(connection: Connection, session: Session, user_id: UUID, refresh_hash: bytes) -> None:
    await connection.execute(
        """
        INSERT INTO sessions (id, user_id, refresh_hash, user_agent, created_at, refreshed_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        session.id,
        user_id,
        refresh_hash,
        session.user_agent,
        session.created_at,
        session.refreshed_at,
        session.expires_at,
    )


async def find_refresh(connection: Connection, refresh_hash: bytes) -> Row | None:
    """The session that a refresh token belongs to now, or belonged to before its last exchange; locks it."""
    return await connection.fetchrow(
        """
        SELECT sessions.id, user_id, refresh_hash, user_agent, sessions.created_at, refreshed_at, expires_at,
               disabled_at IS NOT NULL AS is_disabled
        FROM sessions JOIN users ON users.id = user_id
        WHERE refresh_hash = $1 OR previous_hash = $1
        ORDER BY refresh_hash = $1 DESC LIMIT 1
        FOR UPDATE OF sessions
        """,
        refresh_hash,
    )


async def rotate_session(connection: Connection, session: Session, refresh_hash: bytes, previous_hash: bytes) -> None:
    """Exchange the refresh token; the expiry slides."""
    await connection.execute(
        """
        UPDATE sessions SET refresh_hash = $2, previous_hash = $3, refreshed_at = $4, expires_at = $5
        WHERE id = $1
        """,
        session.id,
        refresh_hash,
        previous_hash,
        session.refreshed_at,
        session.expires_at,
    )


async def session_ends_before(connection: Connection, session_id: UUID, time: datetime) -> bool:
    ends: bool | None = await connection.fetchval(
        "SELECT expires_at < $2 FROM sessions WHERE id = $1", session_id, time
    )
    return bool(ends)


async def slide_session(connection: Connection, session_id: UUID, expires_at: datetime) -> Session | None:
    """Move a session's end; None if it ended meanwhile. Its refresh token stays what it is."""
    row = await connection.fetchrow(
        """
        UPDATE sessions SET expires_at = greatest(expires_at, $2) WHERE id = $1 AND expires_at > now()
        RETURNING id, user_agent, created_at, refreshed_at, expires_at, FALSE AS is_current
        """,
        session_id,
        expires_at,
    )
    return Session(**row) if row else None


async def sessions(connection: Connection, user_id: UUID, current: UUID) -> list[Session]:
    """The account's live sessions, newest first (at most as many as login keeps)."""
    rows = await connection.fetch(
        """
        SELECT id, user_agent, created_at, refreshed_at, expires_at, id = $2 AS is_current
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
    """End the account's sessions, all or all but one."""
    rows = await connection.fetch(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 RETURNING id", user_id, keep
    )
    return [row["id"] for row in rows]


async def delete_old_sessions(connection: Connection, user_id: UUID, keep: int) -> list[UUID]:
    """End the expired sessions of an account, and the oldest beyond the number to keep."""
    rows = await connection.fetch(
        """
        DELETE FROM sessions WHERE user_id = $1 AND (expires_at <= now() OR id IN (
            SELECT id FROM sessions WHERE user_id = $1 AND expires_at > now()
            ORDER BY created_at DESC OFFSET $2))
        RETURNING id
        """,
        user_id,
        keep,
    )
    return [row["id"] for row in rows]


async def put_reset_token(connection: Connection, user_id: UUID, token_hash: bytes, expires_at: datetime) -> None:
    """Remember a password reset token; an older one of the account no longer counts."""
    await connection.execute(
        """
        INSERT INTO password_resets (user_id, token_hash, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at
        """,
        user_id,
        token_hash,
        expires_at,
    )


async def drop_reset_token(connection: Connection, user_id: UUID) -> None:
    """Let a reset token of the account count no longer; before the password is touched, as one that is used does it."""
    await connection.execute("DELETE FROM password_resets WHERE user_id = $1", user_id)


async def take_reset_token(connection: Connection, token_hash: bytes) -> UUID | None:
    """Use up a reset token; answers whose it was if it had not expired."""
    value: UUID | None = await connection.fetchval(
        "DELETE FROM password_resets WHERE token_hash = $1 AND expires_at > now() RETURNING user_id",
        token_hash,
    )
    return value
