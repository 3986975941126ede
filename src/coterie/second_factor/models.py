"""A second factor as it goes over the wire."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Code = Annotated[str, Meta(min_length=1, max_length=64)]


class SecondFactor(Struct, frozen=True):
    """Whether the account demands a second factor, since when, and how many recovery codes are left and used."""

    is_enabled: bool
    enabled_at: datetime | None
    recovery_codes_left: int
    recovery_codes_used: int


class SecondFactorSetup(Struct, frozen=True):
    """The key of an authenticator app, in base32 and as the address in a QR code. No later answer contains it."""

    secret: str
    address: str


class RecoveryCodes(Struct, frozen=True):
    """Codes that each work once in place of the app's. No later answer contains them."""

    recovery_codes: list[str]


class CodeAnswer(Struct, frozen=True):
    """A code of the app or, where it can be used, a recovery code."""

    code: Code
