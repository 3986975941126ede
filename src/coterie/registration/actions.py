"""Creates accounts. The instance's mode decides who may register; the first account becomes its administrator.

So the first registration needs the set-up code, except in development."""

from datetime import UTC, datetime
from uuid import UUID

from coterie.accounts import email_address, queries
from coterie.accounts.actions import Accounts, Visit
from coterie.accounts.login import Challenge, Proof, advance
from coterie.accounts.models import Login, Registration, User
from coterie.accounts.passwords import Asker
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.invites.queries import by_code, insert_registration
from coterie.invites.uses import use_to_register
from coterie.registration.errors import INVITE_REQUIRED, REGISTRATION_CLOSED, SETUP_CODE_REQUIRED
from coterie.security_events.actions import COUNTING, count, record
from coterie.security_events.models import SecurityEvent
from coterie.startup.setup_code import is_setup_code


async def register(accounts: Accounts, registration: Registration, visit: Visit) -> Login | Challenge:
    """Create an account and log in. The instance's first account becomes its administrator."""
    email = email_address.checked(registration.email) if registration.email else None
    mailing = accounts.mailing
    may_be_first = await _check_admission(accounts, registration, visit)
    accounts.rules.check(registration.password, registration.username, email)
    password_hash = await accounts.passwords.hash(registration.password, Asker(site=visit.site))
    if mailing and email:
        await mailing.admit(email)
    async with accounts.database.acquire() as connection, connection.transaction():
        is_first = await queries.become_first(connection)
        if is_first and not may_be_first:
            raise CoterieError(SETUP_CODE_REQUIRED)
        invite_id = None if is_first else await _admitted(connection, registration)
        user = await create_user(
            connection,
            registration.username,
            None if mailing else email,
            password_hash,
            is_admin=is_first,
            is_email_verified=accounts.are_addresses_believed,
        )
        if mailing and email:
            await mailing.verify(connection, user.id, mailing.recipient(email, user.username))
        if invite_id is not None:
            await insert_registration(connection, invite_id, user.id)
        await record(connection, SecurityEvent("auth.registered", user.id, details={"administrator": is_first}))
        return await advance(accounts, connection, Proof(user), visit)


async def create_user(
    connection: Connection,
    username: str,
    email: str | None,
    password_hash: str,
    *,
    is_admin: bool,
    is_email_verified: bool = False,
) -> User:
    """Insert the account's rows, inside the caller's transaction."""
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
    verified_at = user.created_at if email and is_email_verified else None
    await queries.insert_user(connection, user, password_hash, email_verified_at=verified_at)
    return user


async def needs_setup_code(accounts: Accounts, *, is_local: bool) -> bool:
    """Whether the next registration needs the set-up code."""
    return _is_guarded(accounts, is_local=is_local) and not await queries.has_accounts(accounts.database)


def _is_guarded(accounts: Accounts, *, is_local: bool) -> bool:
    return bool(accounts.setup_code) and not (is_local and accounts.is_setup_open_here)


async def _check_admission(accounts: Accounts, registration: Registration, visit: Visit) -> bool:
    """Refuse users who certainly cannot register, before the work of hashing; `_admitted` decides.

    Returns whether this account may become the first one, should the others be deleted meanwhile.
    """
    is_guarded = _is_guarded(accounts, is_local=visit.is_local)
    if not await queries.has_accounts(accounts.database):
        if is_guarded:
            await _check_setup_code(accounts, registration.setup_code or "", visit.site)
        return True
    mode = await queries.registration_mode(accounts.database)
    if mode == "closed":
        raise CoterieError(REGISTRATION_CLOSED)
    if mode == "invite_only" and await by_code(accounts.database, registration.invite_code or "") is None:
        raise CoterieError(INVITE_REQUIRED)
    return not is_guarded


async def _check_setup_code(accounts: Accounts, given: str, site: str) -> None:
    """Raises SETUP_CODE_REQUIRED, and RATE_LIMITED after too many wrong codes from this address."""
    if not given:
        raise CoterieError(SETUP_CODE_REQUIRED)
    with COUNTING:
        guess = await accounts.guesses.begin_setup(site)
    if not is_setup_code(given, accounts.setup_code):
        count("auth.setup_code_refused")
        raise CoterieError(SETUP_CODE_REQUIRED)
    await accounts.guesses.was_right(guess)


async def _admitted(connection: Connection, registration: Registration) -> UUID | None:
    """The id of the invite that was used, if the mode requires one.

    Raises REGISTRATION_CLOSED and INVITE_REQUIRED.
    """
    mode = await queries.registration_mode(connection)
    if mode == "closed":
        raise CoterieError(REGISTRATION_CLOSED)
    if mode == "open":
        return None
    invite_id = await use_to_register(connection, registration.invite_code or "")
    if invite_id is None:
        raise CoterieError(INVITE_REQUIRED)
    return invite_id
