"""The e-mail address of an account: given, verified, changed, and brought back by the owner of the former one.

If the instance sends mail, an address is the account's once the link that was sent there was opened. Until then the
former one stays, nobody else learns of the new one, and whether it is taken is only said to its owner. Accounts that
have given the same address and never verified it lose it then.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from coterie import errors
from coterie.account_deletion.actions import keep
from coterie.accounts import email_address, email_queries, queries, reset_queries
from coterie.accounts.access import existing
from coterie.accounts.actions import RESET_LIFETIME, Accounts, check_password
from coterie.accounts.mailing import Mailing
from coterie.accounts.models import EmailChange, EmailState, User
from coterie.accounts.standing import end_sessions
from coterie.accounts.tokens import new_token, token_hash
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.friends import queries as friends
from coterie.friends.models import FriendRequest
from coterie.log.append import Change, append
from coterie.passkeys.queries import delete_all as delete_passkeys
from coterie.profiles.actions import append_found, friends_changes
from coterie.profiles.errors import WRONG_EMAIL_TOKEN
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.viewer import Viewer


@dataclass(frozen=True, slots=True)
class NewEmail:
    """An address that an account gets, or None for none, and since when it is verified."""

    email: str | None
    verified_at: datetime | None
    session_id: UUID | None = None


async def state(accounts: Accounts, viewer: Viewer) -> EmailState:
    found = await email_queries.state(accounts.database, viewer.user_id)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    return found


async def change_email(accounts: Accounts, viewer: Viewer, change: EmailChange) -> User:
    """Set another address; EMAIL_TAKEN if another account has it. Users who may see the old one get the new one.

    If the instance sends mail, the account as it is, until the new address is verified.
    """
    email = email_address.checked(change.email) if change.email else None
    known = await check_password(accounts, viewer, change.current_password)
    if accounts.mailing is not None and email is not None:
        return await _ask_to_verify(accounts, accounts.mailing, viewer, email, known)
    async with accounts.database.acquire() as connection, connection.transaction():
        user = await _owned(connection, viewer.user_id, known)
        verified_at = datetime.now(UTC) if email and accounts.are_addresses_believed else None
        return await _set(connection, user, NewEmail(email, verified_at, viewer.session_id), accounts.mailing)


async def send_again(accounts: Accounts, viewer: Viewer) -> None:
    """Send another link to the address that is not verified. Raises NOT_FOUND if there is none, and NO_MAIL."""
    mailing = _mailing(accounts)
    found = await state(accounts, viewer)
    email = found.pending or (None if found.is_verified else found.email)
    if email is None:
        raise CoterieError(errors.NOT_FOUND)
    await mailing.admit(email)
    async with accounts.database.acquire() as connection, connection.transaction():
        user = await existing(connection, viewer.user_id, lock=True)
        await mailing.verify(connection, user.id, mailing.recipient(email, user.username))


async def verify(accounts: Accounts, token: str) -> None:
    """Give an account the address to which the token was sent. Raises WRONG_EMAIL_TOKEN and EMAIL_TAKEN."""
    hashed = token_hash(token)
    async with accounts.database.acquire() as connection, connection.transaction():
        owner = await email_queries.owner_of_verification(connection, hashed)
        if owner is None:
            raise CoterieError(WRONG_EMAIL_TOKEN)
        user = await existing(connection, owner, lock=True)
        email = await email_queries.take_verification(connection, hashed)
        if email is None:
            raise CoterieError(WRONG_EMAIL_TOKEN)
        await _release(connection, user.id, email)
        await _set(connection, user, NewEmail(email, datetime.now(UTC)), accounts.mailing)


async def revert(accounts: Accounts, token: str) -> str:
    """Bring the former address back, for its owner: every session and passkey ends, the account is kept if it was to be
    deleted, and the token returned sets a new password.

    Raises WRONG_EMAIL_TOKEN and EMAIL_TAKEN.
    """
    hashed, reset = token_hash(token), new_token()
    async with accounts.database.acquire() as connection, connection.transaction():
        former = await email_queries.reversal(connection, hashed)
        if former is None:
            raise CoterieError(WRONG_EMAIL_TOKEN)
        await reset_queries.put_reset_token(
            connection, former.user_id, token_hash(reset), datetime.now(UTC) + RESET_LIFETIME
        )
        user = await existing(connection, former.user_id, lock=True)
        if not await email_queries.end_reversals(connection, user.id, hashed):  # used meanwhile
            raise CoterieError(WRONG_EMAIL_TOKEN)
        await _release(connection, user.id, former.email)
        await _set(connection, user, NewEmail(former.email, datetime.now(UTC)), None)
        await end_sessions(connection, user.id)
        if await delete_passkeys(connection, user.id):  # they may be of those who took the account
            await record(connection, SecurityEvent("auth.passkey_removed", user.id))
        await keep(connection, user.id)
        await record(connection, SecurityEvent("auth.reset_created", user.id))
    accounts.authentication.forget(user.id)
    return reset


async def _ask_to_verify(accounts: Accounts, mailing: Mailing, viewer: Viewer, email: str, known: str) -> User:
    await mailing.admit(email)
    async with accounts.database.acquire() as connection, connection.transaction():
        user = await _owned(connection, viewer.user_id, known)
        if email == await email_queries.verified_email(connection, user.id):
            await email_queries.drop_verification(connection, user.id)
        else:
            await mailing.verify(connection, user.id, mailing.recipient(email, user.username))
        return user


async def _owned(connection: Connection, user_id: UUID, known: str) -> User:
    """The account, locked. Raises WRONG_PASSWORD if the password changed since it was checked."""
    user = await existing(connection, user_id, lock=True)
    if await queries.password_hash(connection, user_id) != known:
        raise CoterieError(errors.WRONG_PASSWORD)
    return user


async def _set(connection: Connection, user: User, new: NewEmail, mailing: Mailing | None) -> User:
    """Set the address of a locked account, and tell the former one by mail, if that was verified."""
    before, former = await friends.pending(connection, user.id), await email_queries.verified_email(connection, user.id)
    changed = msgspec.structs.replace(user, email=new.email)
    await email_queries.drop_verification(connection, user.id)
    if mailing and former and former.lower() != (new.email or "").lower():
        await mailing.announce_change(connection, user.id, mailing.recipient(former, user.username))
    await queries.set_email(connection, user.id, new.email, verified_at=new.verified_at)
    await record(connection, SecurityEvent("auth.email_changed", user.id, session_id=new.session_id))
    await append_found(connection, lambda: _email_changes(connection, changed, before))
    return changed


async def _release(connection: Connection, user_id: UUID, email: str) -> None:
    """Take the address from accounts that have never verified it. Their devices learn of it."""
    for other in await email_queries.release_unverified(connection, user_id, email):
        await append(connection, Change(other, "profile", "USER_UPDATE", await existing(connection, other)))


async def _email_changes(connection: Connection, user: User, before: list[FriendRequest]) -> list[Change]:
    """For the user's own devices, friends, and both parties of the friend requests that now look different."""
    requests = [each for each in await friends.pending(connection, user.id) if each not in before]
    return [
        Change(user.id, "profile", "USER_UPDATE", user),
        *await friends_changes(connection, user.id),
        *(
            Change(party, f"friend_requests/{each.id}", "FRIEND_REQUEST_UPDATE", each)
            for each in requests
            for party in (each.from_user_id, each.to_user_id)
        ),
    ]


def _mailing(accounts: Accounts) -> Mailing:
    if accounts.mailing is None:
        raise CoterieError(errors.NO_MAIL)
    return accounts.mailing
