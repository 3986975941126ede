"""What one can do with an account: register, log in and out, keep a login alive, change how one logs in.

Sessions are the account's own affairs: each change is in the account's topic, so that other devices learn of it and the
sockets of an ended session close. What is done by a password counts only while that is the password. Hashing happens
outside of transactions.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts import email_address, profiles, queries
from coterie.accounts.guesses import Guesses
from coterie.accounts.models import (
    Account,
    Credentials,
    EmailChange,
    Login,
    PasswordChange,
    PasswordReset,
    Registration,
    Session,
    User,
    Viewer,
)
from coterie.accounts.passwords import Passwords, is_of_old
from coterie.accounts.tokens import REFRESH_SECONDS, Tokens, new_token, token_hash
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.friends import queries as friends
from coterie.friends.models import FriendRequest
from coterie.identifiers import new_id
from coterie.invites.queries import insert_registration
from coterie.invites.uses import use_to_register
from coterie.log.append import Change, append

SESSION_LIMIT: Final = 10
"""Sessions that one account keeps; a further login ends the oldest."""

REUSE_GRACE: Final = timedelta(seconds=10)
"""So long after an exchange the old refresh token is taken for a repeat (an answer lost on the way), not a theft."""

SLIDE_STEP: Final = timedelta(days=1)
"""So much later at least is a session's new end, where using a token moves it: no write for each use."""

RESET_LIFETIME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the actions on accounts work with."""

    database: Database
    passwords: Passwords
    tokens: Tokens
    guesses: Guesses


async def register(accounts: Accounts, registration: Registration, user_agent: str) -> Login:
    """Make an account and log it in. The instance's first account becomes its administrator."""
    email = email_address.checked(registration.email) if registration.email else None
    password_hash = await accounts.passwords.hash(registration.password)
    async with accounts.database.acquire() as connection, connection.transaction():
        is_first = await queries.become_first(connection)
        invite_id = None if is_first else await _admitted(connection, registration)
        user = await create_user(connection, registration.username, email, password_hash, is_admin=is_first)
        if invite_id is not None:
            await insert_registration(connection, invite_id, user.id)
        return await _log_in(accounts, connection, user, user_agent)


async def create_user(
    connection: Connection, username: str, email: str | None, password_hash: str, *, is_admin: bool
) -> User:
    """The account's rows, inside the caller's transaction."""
    user = User(
        id=new_id(),
        username=username,
        email=email,
        avatar_url=None,
        bio=None,
        pronouns=None,
        status="online",
        custom_status=None,
        custom_status_expires_at=None,
        activity=None,
        created_at=datetime.now(UTC),
        is_admin=is_admin,
    )
    await queries.insert_user(connection, user, password_hash)
    return user


async def log_in(accounts: Accounts, credentials: Credentials, user_agent: str, device: str = "") -> Login:
    """Open a session with a user name or e-mail address and the password; `device` is the browser's mark, if any."""
    row = await queries.find_login(accounts.database, credentials.username.strip())
    password_hash = row["password_hash"] if row else None
    guess = accounts.guesses.begin(credentials.username, row["id"] if row else None, device)
    if not await accounts.passwords.verify(credentials.password, password_hash) or row is None:
        raise CoterieError(errors.WRONG_CREDENTIALS)
    accounts.guesses.was_right(guess)
    if row["is_disabled"]:
        raise CoterieError(errors.ACCOUNT_DISABLED)
    right = {password_hash}
    if password_hash and is_of_old(password_hash):
        renewed = await accounts.passwords.hash(credentials.password)
        await queries.renew_password_hash(accounts.database, row["id"], password_hash, renewed)
        right.add(renewed)
    async with accounts.database.acquire() as connection, connection.transaction():
        user = await profiles.existing(connection, row["id"], lock=True)
        if await queries.password_hash(connection, user.id) in right:
            return await _log_in(accounts, connection, user, user_agent)
    return await log_in(accounts, credentials, user_agent, device)  # it was changed meanwhile


async def refresh(accounts: Accounts, token: str) -> Login:
    """Exchange a refresh token; the login's expiry slides. A token exchanged long before ends the session.

    The new token follows from the old one, so a repeat is answered alike: of several tabs that refresh at once, or of
    a client that lost the first answer, none is left with a token that does not count.
    """
    presented = token_hash(token)
    async with accounts.database.acquire() as connection, connection.transaction():
        row = await queries.find_refresh(connection, presented)
        now = datetime.now(UTC)
        if row is None or row["expires_at"] <= now:
            raise CoterieError(errors.WRONG_REFRESH_TOKEN)
        if row["is_disabled"]:
            raise CoterieError(errors.ACCOUNT_DISABLED)
        if row["refresh_hash"] == presented:
            session = _session(row["id"], row["user_agent"], row["created_at"], now)
            return await _rotate(accounts, connection, session, row["user_id"], token)
        if row["refreshed_at"] >= now - REUSE_GRACE:
            user = await profiles.existing(connection, row["user_id"])
            return _login(accounts, user, row["id"], accounts.tokens.following(token))
        await queries.delete_session(connection, row["user_id"], row["id"])
        await append(connection, *_ended(row["user_id"], [row["id"]]))
    raise CoterieError(errors.WRONG_REFRESH_TOKEN)


async def keep_session(database: Database, viewer: Viewer) -> None:
    """Let a session stand for another week, if that moves its end by a day or more."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(seconds=REFRESH_SECONDS)
    if not await queries.session_ends_before(database, viewer.session_id, expires_at - SLIDE_STEP):
        return
    async with database.acquire() as connection, connection.transaction():
        session = await queries.slide_session(connection, viewer.session_id, expires_at)
        if session is not None:
            await append(connection, Change(viewer.user_id, f"sessions/{session.id}", "SESSION_UPDATE", session))


async def end_session(database: Database, user_id: UUID, session_id: UUID) -> None:
    """Log out one session of the account; its tokens and sockets end at once."""
    async with database.acquire() as connection, connection.transaction():
        if not await queries.delete_session(connection, user_id, session_id):
            raise CoterieError(errors.NOT_FOUND)
        await append(connection, *_ended(user_id, [session_id]))


async def change_password(accounts: Accounts, viewer: Viewer, change: PasswordChange) -> None:
    """Set a new password; every other session ends, and a reset token that somebody was handed counts no longer."""
    known = await _check_password(accounts, viewer, change.current_password)
    password_hash = await accounts.passwords.hash(change.new_password)
    async with accounts.database.acquire() as connection, connection.transaction():
        await queries.drop_reset_token(connection, viewer.user_id)
        if not await queries.renew_password_hash(connection, viewer.user_id, known, password_hash):
            raise CoterieError(errors.WRONG_PASSWORD)
        await _end_sessions(connection, viewer.user_id, keep=viewer.session_id)


async def change_email(accounts: Accounts, viewer: Viewer, change: EmailChange) -> User:
    """Set another address; EMAIL_TAKEN if it is somebody else's. Who was given it sees the new one."""
    email = email_address.checked(change.email) if change.email else None
    known = await _check_password(accounts, viewer, change.current_password)
    async with accounts.database.acquire() as connection, connection.transaction():
        user = msgspec.structs.replace(await profiles.existing(connection, viewer.user_id, lock=True), email=email)
        if await queries.password_hash(connection, user.id) != known:
            raise CoterieError(errors.WRONG_PASSWORD)
        before = await friends.pending(connection, user.id)
        await queries.set_email(connection, user.id, email)
        await profiles.tell(connection, lambda: _told_of_email(connection, user, before))
        return user


async def _told_of_email(connection: Connection, user: User, before: list[FriendRequest]) -> list[Change]:
    """To the own devices, to friends, and to the parties of those requests that looked otherwise before."""
    requests = [each for each in await friends.pending(connection, user.id) if each not in before]
    return [
        Change(user.id, "profile", "USER_UPDATE", user),
        *await profiles.told_to_friends(connection, user.id),
        *(
            Change(party, f"friend_requests/{each.id}", "FRIEND_REQUEST_UPDATE", each)
            for each in requests
            for party in (each.from_user_id, each.to_user_id)
        ),
    ]


async def _check_password(accounts: Accounts, viewer: Viewer, password: str) -> str:
    """Raises WRONG_PASSWORD. Answers the hash that it was held against: what follows counts only while that stands."""
    guess = accounts.guesses.begin_own(viewer.session_id)
    current = await queries.password_hash(accounts.database, viewer.user_id)
    if not await accounts.passwords.verify(password, current) or current is None:
        raise CoterieError(errors.WRONG_PASSWORD)
    accounts.guesses.was_right(guess)
    return current


async def set_password(accounts: Accounts, user_id: UUID, password: str) -> None:
    """Set a password without asking for the old one; every session ends, and a reset token counts no longer."""
    password_hash = await accounts.passwords.hash(password)
    async with accounts.database.acquire() as connection, connection.transaction():
        await queries.drop_reset_token(connection, user_id)
        await queries.set_password_hash(connection, user_id, password_hash)
        await _end_sessions(connection, user_id)


async def create_reset_token(database: Database, email: str) -> str:
    """A token with which the account's password can be set once, within an hour; for an administrator to hand on."""
    user_id = await queries.find_by_email(database, email)
    if user_id is None:
        raise CoterieError(errors.NOT_FOUND, "No account has this e-mail address.")
    token = new_token()
    await queries.put_reset_token(database, user_id, token_hash(token), datetime.now(UTC) + RESET_LIFETIME)
    return token


async def reset_password(accounts: Accounts, reset: PasswordReset) -> UUID:
    """Set a password with a reset token; every session ends. Answers whose it was."""
    password_hash = await accounts.passwords.hash(reset.new_password)
    async with accounts.database.acquire() as connection, connection.transaction():
        user_id = await queries.take_reset_token(connection, token_hash(reset.token))
        if user_id is None:
            raise CoterieError(errors.WRONG_RESET_TOKEN)
        await queries.set_password_hash(connection, user_id, password_hash)
        await _end_sessions(connection, user_id)
        return user_id


async def promote(database: Database, user_id: UUID) -> None:
    """Make the account an administrator of the instance."""
    async with database.acquire() as connection, connection.transaction():
        user = msgspec.structs.replace(await profiles.existing(connection, user_id, lock=True), is_admin=True)
        await queries.set_admin(connection, user_id, is_admin=True)
        await append(connection, Change(user_id, "profile", "USER_UPDATE", user))


async def disable(database: Database, user_id: UUID) -> None:
    """Shut the account: it cannot log in, and its sessions and sockets end at once."""
    async with database.acquire() as connection, connection.transaction():
        await queries.disable(connection, user_id, datetime.now(UTC))
        await _end_sessions(connection, user_id)


async def log_out(database: Database, user_id: UUID) -> int:
    """End every session of the account, its sockets at once; answers how many there were."""
    async with database.acquire() as connection, connection.transaction():
        return await _end_sessions(connection, user_id)


async def _admitted(connection: Connection, registration: Registration) -> UUID | None:
    """The id of the invite that was used for it, where one is needed.

    Raises REGISTRATION_CLOSED and INVITE_REQUIRED.
    """
    mode = await queries.registration_mode(connection)
    if mode == "closed":
        raise CoterieError(errors.REGISTRATION_CLOSED)
    if mode == "open":
        return None
    invite_id = await use_to_register(connection, registration.invite_code or "")
    if invite_id is None:
        raise CoterieError(errors.INVITE_REQUIRED)
    return invite_id


async def _log_in(accounts: Accounts, connection: Connection, user: User, user_agent: str) -> Login:
    now = datetime.now(UTC)
    session, token = _session(new_id(), user_agent[:400], now, now), new_token()
    await queries.insert_session(connection, session, user.id, token_hash(token))
    ended = await queries.delete_old_sessions(connection, user.id, SESSION_LIMIT)
    await append(
        connection,
        *_ended(user.id, ended),
        Change(user.id, f"sessions/{session.id}", "SESSION_CREATE", session),
    )
    return _login(accounts, user, session.id, token)


async def _rotate(accounts: Accounts, connection: Connection, session: Session, user_id: UUID, token: str) -> Login:
    following = accounts.tokens.following(token)
    await queries.rotate_session(connection, session, token_hash(following), token_hash(token))
    user = await profiles.existing(connection, user_id)
    await append(connection, Change(user_id, f"sessions/{session.id}", "SESSION_UPDATE", session))
    return _login(accounts, user, session.id, following)


def _login(accounts: Accounts, user: User, session_id: UUID, refresh_token: str) -> Login:
    sign, account = accounts.tokens.sign, msgspec.convert(user, Account, from_attributes=True)
    access = sign(user.id, session_id, user.username)
    return Login(access, refresh_token, sign(user.id, session_id, user.username, is_lasting=True), account)


def _session(session_id: UUID, user_agent: str, created_at: datetime, now: datetime) -> Session:
    """A session as the log keeps it: the same for every viewer, so current to none."""
    expires_at = now + timedelta(seconds=REFRESH_SECONDS)
    return Session(session_id, user_agent, created_at, now, expires_at, is_current=False)


async def _end_sessions(connection: Connection, user_id: UUID, *, keep: UUID | None = None) -> int:
    """End the sessions of an account, but the one to keep; answers how many."""
    ended = await queries.delete_sessions(connection, user_id, keep=keep)
    await append(connection, *_ended(user_id, ended))
    return len(ended)


def _ended(user_id: UUID, sessions: list[UUID]) -> list[Change]:
    return [
        Change(user_id, f"sessions/{session}", "SESSION_DELETE", {"id": session}, is_removal=True)
        for session in sessions
    ]
