"""Make, name and remove passkeys, and log in with one.

Making and removing needs the password. A passkey takes the place of the password and of every further step: the device
has verified the user.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Raw

from coterie import errors
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts, Visit
from coterie.accounts.login import Proof, advance, finished
from coterie.accounts.models import Login
from coterie.accounts.owning import owning
from coterie.accounts.password_login import check_may_log_in
from coterie.accounts.queries import login_state
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.identifiers import new_id
from coterie.passkeys import queries
from coterie.passkeys.ceremonies import RelyingParty, signed
from coterie.passkeys.challenges import LOGIN, Challenges
from coterie.passkeys.errors import NO_PASSKEYS, PASSKEY_EXISTS, PASSKEY_REFUSED, TOO_MANY_PASSKEYS
from coterie.passkeys.models import Passkey, PasskeyCreation
from coterie.security_events.actions import count, record
from coterie.security_events.models import SecurityEvent
from coterie.viewer import Viewer

PASSKEY_LIMIT: Final = 20
"""Passkeys of an account."""

INSTANCE: Final = "Coterie"
"""How devices name an instance that has no name."""


@dataclass(frozen=True, slots=True)
class Passkeys:
    """What the actions on passkeys need. Without a public address there is no relying party."""

    accounts: Accounts
    challenges: Challenges
    party: RelyingParty | None

    @property
    def database(self) -> Database:
        return self.accounts.database

    @property
    def relying_party(self) -> RelyingParty:
        """Raises NO_PASSKEYS."""
        if self.party is None:
            raise CoterieError(NO_PASSKEYS)
        return self.party


async def begin(passkeys: Passkeys, viewer: Viewer, password: str) -> Raw:
    """What a browser needs to make a passkey for an account that has this password."""
    party = passkeys.relying_party
    async with owning(passkeys.accounts, viewer, password) as connection:
        known = await queries.credential_ids(connection, viewer.user_id)
        if len(known) >= PASSKEY_LIMIT:
            raise CoterieError(TOO_MANY_PASSKEYS)
        instance = await connection.fetchval("SELECT name FROM instance_settings") or INSTANCE
    challenge = passkeys.challenges.make(viewer.user_id.bytes)
    return party.creation_options(instance, viewer.user_id, viewer.username, challenge, known)


async def add(passkeys: Passkeys, viewer: Viewer, creation: PasskeyCreation) -> Passkey:
    """Keep the passkey that the browser has made."""
    challenge = signed(creation.credential).challenge
    if not passkeys.challenges.is_valid(challenge, viewer.user_id.bytes):
        raise CoterieError(PASSKEY_REFUSED)
    key = passkeys.relying_party.made(creation.credential, challenge)
    passkey = Passkey(new_id(), creation.name, key.is_synced, datetime.now(UTC), None)
    async with passkeys.database.acquire() as connection, connection.transaction():
        await existing(connection, viewer.user_id, lock=True)
        await _use_up(connection, challenge)
        if len(await queries.credential_ids(connection, viewer.user_id)) >= PASSKEY_LIMIT:
            raise CoterieError(TOO_MANY_PASSKEYS)
        if not await queries.insert(connection, passkey, viewer.user_id, key):
            raise CoterieError(PASSKEY_EXISTS)
        await record(connection, SecurityEvent("auth.passkey_added", viewer.user_id, session_id=viewer.session_id))
    return passkey


async def rename(passkeys: Passkeys, viewer: Viewer, id: UUID, name: str) -> Passkey:
    found = await queries.rename(passkeys.database, viewer.user_id, id, name)
    if found is None:
        raise CoterieError(errors.NOT_FOUND)
    return found


async def remove(passkeys: Passkeys, viewer: Viewer, id: UUID, password: str) -> None:
    """Nobody logs in with this passkey any more. What it began goes on."""
    async with owning(passkeys.accounts, viewer, password) as connection:
        if not await queries.delete(connection, viewer.user_id, id):
            raise CoterieError(errors.NOT_FOUND)
        await record(connection, SecurityEvent("auth.passkey_removed", viewer.user_id, session_id=viewer.session_id))


async def log_in(passkeys: Passkeys, credential: Raw, visit: Visit) -> Login:
    """Log the account in whose passkey has signed. Raises PASSKEY_REFUSED."""
    accounts, given = passkeys.accounts, signed(credential)
    key = await queries.find(passkeys.database, given.credential_id)
    if key is None or not passkeys.challenges.is_valid(given.challenge, LOGIN):
        count("auth.login_failed", key.user_id if key else None)
        raise CoterieError(PASSKEY_REFUSED)
    try:
        sign_count = passkeys.relying_party.used(credential, given.challenge, key.public_key, key.sign_count)
    except CoterieError:
        count("auth.login_failed", key.user_id)
        raise
    async with passkeys.database.acquire() as connection, connection.transaction():
        user = await existing(connection, key.user_id, lock=True)
        check_may_log_in(accounts, await login_state(connection, user.id))
        await _use_up(connection, given.challenge)
        if not await queries.use(connection, key, sign_count):
            raise CoterieError(PASSKEY_REFUSED)
        proof = Proof(user, frozenset(each.name for each in accounts.steps))
        return finished(await advance(accounts, connection, proof, visit))


async def _use_up(connection: Connection, challenge: bytes) -> None:
    if not await queries.use_challenge(connection, sha256(challenge).digest()):
        raise CoterieError(PASSKEY_REFUSED)
