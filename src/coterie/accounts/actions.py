"""The actions on accounts: log out, change the password. `login.py` begins sessions, `refreshing.py` keeps them alive.

Each change of a session is logged in the account's topic, so that other devices receive it and the sockets of an ended
session close. An action that needs the password takes effect only if the password has not changed meanwhile. Hashing
happens outside transactions.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from coterie import errors
from coterie.accounts import queries, reset_queries, session_queries, standing
from coterie.accounts.access import existing
from coterie.accounts.authentication import Authentication
from coterie.accounts.guesses import Guesses
from coterie.accounts.lifetimes import Lifetimes
from coterie.accounts.mailing import Mailing
from coterie.accounts.models import PasswordChange, PasswordReset
from coterie.accounts.password_rules import ANY, PasswordRules
from coterie.accounts.passwords import Asker, Passwords
from coterie.accounts.sessions import endings
from coterie.accounts.standing import end_sessions
from coterie.accounts.steps import LoginStep
from coterie.accounts.tokens import Tokens, new_token, token_hash
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.log.append import append
from coterie.security_events.actions import count, record
from coterie.security_events.models import SecurityEvent
from coterie.settings.record import Settings
from coterie.viewer import Viewer

RESET_LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the actions on accounts need."""

    database: Database
    passwords: Passwords
    tokens: Tokens
    guesses: Guesses
    authentication: Authentication
    is_https: bool = False
    """Whether browsers may be told to send the cookies over TLS only."""

    lifetimes: Lifetimes = field(default_factory=Lifetimes)

    rules: PasswordRules = field(default_factory=PasswordRules)

    setup_code: str = ""
    """What the first registration has to send; empty if it needs none."""

    is_setup_open_here: bool = False
    """Whether a program on this machine registers first without the code."""

    steps: tuple[LoginStep, ...] = ()
    """What an account may demand of a login besides its proof."""

    mailing: Mailing | None = None
    """If the instance sends mail: an address that a user gives is the account's once it is verified."""

    are_addresses_believed: bool = False
    """Whether an address that a user gives counts as verified, as in development without mail."""

    are_demo_accounts_allowed: bool = False
    """Whether the demo community's accounts can log in with their published password."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        authentication: Authentication,
        guesses: Guesses,
        steps: tuple[LoginStep, ...],
        *,
        mailing: Mailing | None,
        is_setup_open_here: bool,
    ) -> Self:
        """Those of a server process."""
        return cls(
            authentication.database,
            Passwords(),
            authentication.tokens,
            guesses,
            authentication,
            settings.is_https,
            authentication.lifetimes,
            ANY if settings.is_development else PasswordRules(),
            settings.setup_code,
            is_setup_open_here,
            steps,
            mailing,
            are_addresses_believed=settings.is_development and mailing is None,
            are_demo_accounts_allowed=settings.is_development or settings.allow_demo_accounts,
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a login comes from: `device` is the browser's mark, if any, and `site` what counts as one address.

    `is_lasting` if it gets a token of 30 days; `is_local` if a program on this machine asks.
    """

    user_agent: str
    device: str = ""
    site: str = ""
    is_lasting: bool = False
    is_local: bool = False


async def end_session(database: Database, user_id: UUID, session_id: UUID) -> None:
    """End one session of the account; its tokens become invalid and its sockets close at once."""
    async with database.acquire() as connection, connection.transaction():
        if not await session_queries.delete_session(connection, user_id, session_id):
            raise CoterieError(errors.NOT_FOUND)
        await append(connection, *endings(user_id, [session_id]))
        await record(connection, SecurityEvent("auth.session_ended", user_id, session_id=session_id))


async def change_password(accounts: Accounts, viewer: Viewer, change: PasswordChange) -> None:
    """Set a new password; every other session ends, and a reset token becomes invalid."""
    known = await check_password(accounts, viewer, change.current_password)
    accounts.rules.check_for(await existing(accounts.database, viewer.user_id), change.new_password)
    password_hash = await accounts.passwords.hash(change.new_password, Asker(str(viewer.user_id)))
    async with accounts.database.acquire() as connection, connection.transaction():
        await reset_queries.drop_reset_token(connection, viewer.user_id)
        if not await queries.renew_password_hash(connection, viewer.user_id, known, password_hash):
            raise CoterieError(errors.WRONG_PASSWORD)
        await end_sessions(connection, viewer.user_id, keep=viewer.session_id)
        await record(connection, SecurityEvent("auth.password_changed", viewer.user_id, session_id=viewer.session_id))


async def check_password(accounts: Accounts, viewer: Viewer, password: str) -> str:
    """Returns the hash that was checked: what follows is valid only while it is stored. Raises WRONG_PASSWORD."""
    current = await queries.password_hash(accounts.database, viewer.user_id)
    if not await accounts.passwords.verify(password, current, Asker(str(viewer.user_id))) or current is None:
        count("auth.password_refused", viewer.user_id)
        raise CoterieError(errors.WRONG_PASSWORD)
    return current


async def set_password(accounts: Accounts, user_id: UUID, password: str) -> None:
    """Set a password without asking for the old one; every session ends, and a reset token becomes invalid."""
    accounts.rules.check_for(await existing(accounts.database, user_id), password)
    password_hash = await accounts.passwords.hash(password)
    async with accounts.database.acquire() as connection, connection.transaction():
        await reset_queries.drop_reset_token(connection, user_id)
        await queries.set_password_hash(connection, user_id, password_hash)
        await end_sessions(connection, user_id)
        await record(connection, SecurityEvent("admin.password_set", user_id))


async def create_reset_token(database: Database, email: str, actor_id: UUID) -> str:
    """A token that sets the account's password once, within an hour; an administrator passes it to the user.

    Not for another administrator's account: that would be a way to act in their name.
    """
    async with database.acquire() as connection, connection.transaction():
        user_id = await queries.find_by_email(connection, email)
        if user_id is None:
            raise CoterieError(errors.NOT_FOUND, "No account has this email address.")
        return await make_reset_token(connection, user_id, actor_id)


async def make_reset_token(connection: Connection, user_id: UUID, actor_id: UUID) -> str:
    """The same for the account with this id, inside the caller's transaction."""
    token, expires_at = new_token(), datetime.now(UTC) + RESET_LIFETIME
    await reset_queries.put_reset_token(connection, user_id, token_hash(token), expires_at)
    if (await existing(connection, user_id, lock=True)).is_admin:  # locked in the order in which using a token does
        raise CoterieError(errors.ADMIN_PROTECTED)
    await record(connection, SecurityEvent("auth.reset_created", user_id, actor_id))
    return token


async def reset_password(accounts: Accounts, reset: PasswordReset, site: str) -> UUID:
    """Set a password with a reset token; every session ends. Returns the account's id."""
    owner = await reset_queries.owner_of(accounts.database, token_hash(reset.token))
    if owner is None:  # asked before the work of hashing
        raise CoterieError(errors.WRONG_RESET_TOKEN)
    accounts.rules.check_for(await existing(accounts.database, owner), reset.new_password)
    password_hash = await accounts.passwords.hash(reset.new_password, Asker(site=site))
    async with accounts.database.acquire() as connection, connection.transaction():
        user_id = await reset_queries.take_reset_token(connection, token_hash(reset.token))
        if user_id is None:
            raise CoterieError(errors.WRONG_RESET_TOKEN)
        await queries.set_password_hash(connection, user_id, password_hash)
        await end_sessions(connection, user_id)
        await record(connection, SecurityEvent("auth.reset_used", user_id))
        return user_id


async def promote(database: Database, user_id: UUID) -> None:
    """Make the account an administrator of the instance; a reset token from before that becomes invalid."""
    async with database.acquire() as connection, connection.transaction():
        await standing.promote(connection, user_id)


async def disable(database: Database, user_id: UUID) -> None:
    """Disable the account: it cannot log in, and its sessions and sockets end at once, as do those of its bots."""
    async with database.acquire() as connection, connection.transaction():
        await standing.disable(connection, user_id)


async def log_out(database: Database, user_id: UUID) -> int:
    """End every session of the account and close its sockets at once; returns the number of sessions."""
    async with database.acquire() as connection, connection.transaction():
        return await standing.log_out(connection, user_id)
