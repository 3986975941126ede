"""Passkeys as they go over the wire. `options` and `credential` have the JSON forms of WebAuthn, level 3."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Raw, Struct

PasskeyName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Passkey(Struct, frozen=True):
    """A passkey of your account. One that `is_synced` is kept by a password manager, the others by one device."""

    id: UUID
    name: str
    is_synced: bool
    created_at: datetime
    last_used_at: datetime | None


class PasskeyOptions(Struct, frozen=True):
    """What the browser needs to make a passkey, or to use one, within five minutes."""

    options: Raw


class PasskeyCreation(Struct, frozen=True):
    """What the browser has made, and how the user calls it."""

    name: PasskeyName
    credential: Raw


class PasskeyChange(Struct, frozen=True):
    name: PasskeyName


class PasskeyLogin(Struct, frozen=True):
    """What the browser has signed; the rest as in `Credentials`."""

    credential: Raw
    cookies: bool = False
    lasting: bool | None = None
