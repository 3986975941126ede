"""The SQL statements for accounts."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from coterie.accounts.models import NamedUser, RegistrationModeName, User
from coterie.database.columns import columns
from coterie.database.connection import Connection, Row


class NewAccount(NamedTuple):
    """An account that comes with its profile; without a password hash nobody can log in to it."""

    id: UUID
    username: str
    email: str | None
    password_hash: str | None
    avatar_url: str | None
    bio: str | None
    pronouns: str | None
    custom_status: str | None
    is_bot: bool
    disabled_at: datetime | None
    created_at: datetime


MADE: Final = columns(NewAccount)


async def registration_mode(connection: Connection) -> RegistrationModeName:
    """Who can register; an instance that was never configured is open."""
    mode: RegistrationModeName | None = await connection.fetchval("SELECT registration_mode FROM instance_settings")
    return mode or "open"


async def has_accounts(connection: Connection) -> bool:
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM users)")
    return found


async def become_first(connection: Connection) -> bool:
    """Whether the account about to be created is the instance's first.

    While there is none, registrations wait for each other here until commit, so that exactly one is the first.
    """
    if await has_accounts(connection):
        return False
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('coterie.first_account'))")
    return not await has_accounts(connection)


async def insert_user(
    connection: Connection, user: User, password_hash: str, *, email_verified_at: datetime | None
) -> None:
    """A new account and its topic; taken names violate `users_username` and `users_email`."""
    await connection.execute(
        """
        WITH opened AS (INSERT INTO topics (id, kind) VALUES ($1, 'user') RETURNING id)
        INSERT INTO users (id, username, email, password_hash, is_admin, created_at, email_verified_at)
        SELECT id, $2, $3, $4, $5, $6, $7 FROM opened
        """,
        user.id,
        user.username,
        user.email,
        password_hash,
        user.is_admin,
        user.created_at,
        email_verified_at,
    )


async def insert_users(connection: Connection, *accounts: NewAccount) -> None:
    """New accounts and their topics, as `insert_user` makes one."""
    await connection.execute(
        f"""
        WITH given AS (SELECT {MADE.names} FROM {MADE.given}),
        opened AS (INSERT INTO topics (id, kind) SELECT id, 'user' FROM given)
        INSERT INTO users ({MADE.names}) SELECT {MADE.names} FROM given
        """,
        *MADE.arrays(accounts),
    )


async def find_login(connection: Connection, name: str) -> Row | None:
    """The account of a user name or e-mail address, ignoring case (a name contains no @)."""
    return await connection.fetchrow(
        """
        SELECT id, username, password_hash, disabled_at IS NOT NULL AS is_disabled, is_demo FROM users
        WHERE lower(username) = lower($1) OR lower(email) = lower($1)
        """,
        name,
    )


async def login_state(connection: Connection, user_id: UUID) -> Row:
    """Whether an account that exists may log in."""
    row = await connection.fetchrow(
        "SELECT id, disabled_at IS NOT NULL AS is_disabled, is_demo FROM users WHERE id = $1", user_id
    )
    assert row is not None, "it is locked"
    return row


async def password_hash(connection: Connection, user_id: UUID) -> str | None:
    value: str | None = await connection.fetchval("SELECT password_hash FROM users WHERE id = $1", user_id)
    return value


async def set_password_hash(connection: Connection, user_id: UUID, password_hash: str) -> None:
    await connection.execute(
        "UPDATE users SET password_hash = $2, is_demo = FALSE WHERE id = $1", user_id, password_hash
    )


async def renew_password_hash(connection: Connection, user_id: UUID, known: str, renewed: str) -> bool:
    """Replace a known password hash; False if it changed meanwhile."""
    found = await connection.fetchval(
        "UPDATE users SET password_hash = $3, is_demo = FALSE WHERE id = $1 AND password_hash = $2 RETURNING TRUE",
        user_id,
        known,
        renewed,
    )
    return bool(found)


async def user(connection: Connection, user_id: UUID, *, lock: bool = False) -> User | None:
    """An account as its owner sees it; `lock` it to change it in this transaction."""
    row = await connection.fetchrow(
        """
        SELECT id, username, email, avatar_url, bio, pronouns, status, custom_status, custom_status_expires_at,
               activity, created_at, is_admin, display_name, deletion_due_at, deletion_erases_messages
        FROM users WHERE id = $1
        """
        + (" FOR NO KEY UPDATE" if lock else ""),
        user_id,
    )
    return User(**row) if row else None


async def named(connection: Connection, ids: Collection[UUID | None]) -> dict[UUID | None, NamedUser]:
    """The names of these accounts by id, without deleted accounts."""
    rows = await connection.fetch(
        "SELECT id, username, display_name, avatar_url FROM users WHERE id = ANY($1::uuid[])", list(set(ids))
    )
    return {row["id"]: NamedUser(**row) for row in rows}


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


async def set_email(connection: Connection, user_id: UUID, email: str | None, *, verified_at: datetime | None) -> None:
    """Change the address; a taken one violates `users_email`."""
    await connection.execute(
        "UPDATE users SET email = $2, email_verified_at = $3 WHERE id = $1", user_id, email, verified_at
    )


async def find_by_username(connection: Connection, username: str) -> UUID | None:
    value: UUID | None = await connection.fetchval("SELECT id FROM users WHERE lower(username) = lower($1)", username)
    return value


async def find_by_email(connection: Connection, email: str) -> UUID | None:
    value: UUID | None = await connection.fetchval("SELECT id FROM users WHERE lower(email) = lower($1)", email)
    return value


async def find_by_verified_email(connection: Connection, email: str) -> UUID | None:
    """The account that has verified this address, unless it is disabled or deleted."""
    value: UUID | None = await connection.fetchval(
        """
        SELECT id FROM users WHERE lower(email) = lower($1) AND email_verified_at IS NOT NULL AND disabled_at IS NULL
        """,
        email,
    )
    return value


async def set_admin(connection: Connection, user_id: UUID, *, is_admin: bool) -> None:
    await connection.execute("UPDATE users SET is_admin = $2 WHERE id = $1", user_id, is_admin)


async def disable(connection: Connection, user_id: UUID, now: datetime) -> None:
    await connection.execute("UPDATE users SET disabled_at = $2 WHERE id = $1", user_id, now)


async def enable(connection: Connection, user_id: UUID) -> bool:
    """Let an account log in again; False if there is none, or it was deleted."""
    found = await connection.fetchval(
        "UPDATE users SET disabled_at = NULL WHERE id = $1 AND deleted_at IS NULL RETURNING TRUE", user_id
    )
    return bool(found)


async def hold(connection: Connection, users: Collection[UUID]) -> None:
    """Lock these accounts until commit; call it before any topic is locked.

    Changing a picture locks the account too, so that no conversation or server misses the change.
    """
    await connection.fetch("SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR SHARE", users)
