"""Set up, confirm and remove a second factor, and make new recovery codes.

What changes it needs the password, which is still the account's when the change is made. It is recorded in the
transaction that makes it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts.access import existing
from coterie.accounts.actions import Accounts
from coterie.accounts.owning import owning
from coterie.accounts.standing import end_sessions
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.second_factor import queries, recovery_codes, totp
from coterie.second_factor.errors import SECOND_FACTOR_ENABLED, WRONG_CODE
from coterie.second_factor.models import RecoveryCodes, SecondFactor, SecondFactorSetup
from coterie.second_factor.step import SecondFactorStep
from coterie.security_events.actions import COUNTING, record
from coterie.security_events.models import SecurityEvent, SecurityEventType
from coterie.settings.sealing import Sealing
from coterie.viewer import Viewer

ISSUER: Final = "Coterie"
"""How apps name an instance that has no name."""

RESEAL_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What the actions on second factors need."""

    accounts: Accounts
    step: SecondFactorStep

    @property
    def database(self) -> Database:
        return self.accounts.database


async def state(factors: SecondFactors, viewer: Viewer) -> SecondFactor:
    return await queries.state(factors.database, viewer.user_id)


async def begin(factors: SecondFactors, viewer: Viewer, password: str) -> SecondFactorSetup:
    """Make the key of an app. The account demands its codes once one of them has confirmed it."""
    secret = totp.new_secret()
    sealed = factors.step.sealing.seal(viewer.user_id, secret)
    async with owning(factors.accounts, viewer, password) as connection:
        if not await queries.begin(connection, viewer.user_id, sealed):
            raise CoterieError(SECOND_FACTOR_ENABLED)
        issuer = await connection.fetchval("SELECT name FROM instance_settings") or ISSUER
    return SecondFactorSetup(secret, totp.address(secret, issuer, viewer.username))


async def confirm(factors: SecondFactors, viewer: Viewer, code: str) -> RecoveryCodes:
    """Demand the second factor from now on: the code shows that the app has the key."""
    with COUNTING:
        guess = await factors.accounts.guesses.begin_step(factors.step.name, viewer.user_id, "")
    async with factors.database.acquire() as connection, connection.transaction():
        await existing(connection, viewer.user_id, lock=True)
        stored = await queries.find(connection, viewer.user_id)
        if stored is None:
            raise CoterieError(errors.NOT_FOUND)
        if stored.enabled_at is not None:
            raise CoterieError(SECOND_FACTOR_ENABLED)
        if not await factors.step.use(connection, viewer.user_id, recovery_codes.plain(code)):
            raise CoterieError(WRONG_CODE)
        await queries.enable(connection, viewer.user_id, datetime.now(UTC))
        await _record(connection, "auth.second_factor_enabled", viewer)
        codes = await _new_codes(connection, viewer)
    await factors.accounts.guesses.was_right(guess)
    return codes


async def renew_codes(factors: SecondFactors, viewer: Viewer, password: str) -> RecoveryCodes:
    """Make new recovery codes; the former ones are invalid."""
    async with owning(factors.accounts, viewer, password) as connection:
        if not await queries.is_enabled(connection, viewer.user_id):
            raise CoterieError(errors.NOT_FOUND)
        await _record(connection, "auth.recovery_codes_made", viewer)
        return await _new_codes(connection, viewer)


async def remove(factors: SecondFactors, viewer: Viewer, password: str) -> None:
    """Demand no second factor any more; a key that was never confirmed goes as well."""
    async with owning(factors.accounts, viewer, password) as connection:
        was_enabled = await queries.is_enabled(connection, viewer.user_id)
        if not await queries.remove(connection, viewer.user_id):
            raise CoterieError(errors.NOT_FOUND)
        if was_enabled:
            await _record(connection, "auth.second_factor_removed", viewer)


async def reset(database: Database, user_id: UUID) -> bool:
    """For the operator: remove the second factor of a user who has lost it, and end their sessions.

    False if the account has none. Its owner sees it among the security events.
    """
    async with database.acquire() as connection, connection.transaction():
        await existing(connection, user_id, lock=True)
        if not await queries.remove(connection, user_id):
            return False
        await end_sessions(connection, user_id)
        await record(connection, SecurityEvent("admin.second_factor_removed", user_id))
        return True


async def seal_again(database: Database, sealing: Sealing) -> None:
    """Encrypt with the current key what is encrypted with the previous one, after a change of JWT_SECRET."""
    last = UUID(int=0)
    while found := await queries.sealed_otherwise(database, sealing.current, last, RESEAL_BATCH):
        for user_id, sealed in found.items():
            if (secret := sealing.open(user_id, sealed)) is not None:
                await queries.reseal(database, user_id, sealed, sealing.seal(user_id, secret))
            last = user_id


async def _new_codes(connection: Connection, viewer: Viewer) -> RecoveryCodes:
    codes = recovery_codes.new_codes()
    await queries.replace_codes(connection, viewer.user_id, [recovery_codes.digest(each) for each in codes])
    return RecoveryCodes(codes)


async def _record(connection: Connection, type: SecurityEventType, viewer: Viewer) -> None:
    await record(connection, SecurityEvent(type, viewer.user_id, session_id=viewer.session_id))
