"""The step of a login that a second factor is: a code of the app, or a recovery code."""

import time
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from msgspec import Raw

from coterie.database.connection import Connection
from coterie.http.answering import decode
from coterie.second_factor import queries, recovery_codes, totp
from coterie.second_factor.models import CodeAnswer
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.settings.record import Settings
from coterie.settings.sealing import Sealing

PURPOSE: Final = "second factors"
"""For which the keys of apps are encrypted."""


@dataclass(frozen=True, slots=True)
class SecondFactorStep:
    """Demanded once an account has confirmed an app's key. The caller has locked the account."""

    sealing: Sealing
    name: ClassVar[str] = "second_factor"

    async def is_required(self, connection: Connection, user_id: UUID) -> bool:
        return await queries.is_enabled(connection, user_id)

    async def verify(self, connection: Connection, user_id: UUID, answer: Raw) -> bool:
        given = recovery_codes.plain(decode(bytes(answer), CodeAnswer).code)
        if len(given) == totp.DIGITS:
            return await self.use(connection, user_id, given)
        if not await queries.use_code(connection, user_id, recovery_codes.digest(given)):
            return False
        left = (await queries.state(connection, user_id)).recovery_codes_left
        await record(connection, SecurityEvent("auth.recovery_code_used", user_id, details={"left": left}))
        return True

    async def use(self, connection: Connection, user_id: UUID, code: str) -> bool:
        """Use up a code of the app; False if it is wrong or was used."""
        stored = await queries.find(connection, user_id)
        secret = self.sealing.open(user_id, stored.sealed) if stored else None
        if stored is None or secret is None:
            return False
        period = totp.period_of(secret, code, time.time(), stored.used_period)
        return period is not None and await queries.use_period(connection, user_id, period)


def step_for(settings: Settings) -> SecondFactorStep:
    """The step of an instance."""
    return SecondFactorStep(Sealing(PURPOSE, settings.jwt_secret, settings.jwt_secret_previous))
