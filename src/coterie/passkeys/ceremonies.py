"""Making and using a passkey, as WebAuthn defines it: the library verifies, this says what is demanded.

Passkeys are discoverable, so nobody has to name their account first, and the device has to verify the user: then a
passkey is two factors in one. What it is made of is not asked: any device and any password manager will do.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from msgspec import Raw
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from coterie.errors import CoterieError
from coterie.passkeys.errors import PASSKEY_REFUSED
from coterie.settings.record import Settings

TIMEOUT_MS = 300_000
LARGEST = 16_384
"""Bytes of a credential; usual ones have less than one thousand."""


class NewKey(NamedTuple):
    """A passkey that a device has made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_synced: bool


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom passkeys are made: the host of the instance's public address, which it must keep, and its origin."""

    id: str
    origin: str

    def creation_options(
        self, instance: str, user_id: UUID, username: str, challenge: bytes, known: Sequence[bytes]
    ) -> Raw:
        options = webauthn.generate_registration_options(
            rp_id=self.id,
            rp_name=instance,
            user_id=user_id.bytes,
            user_name=username,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(each) for each in known],
        )
        return Raw(webauthn.options_to_json(options).encode())

    def login_options(self, challenge: bytes) -> Raw:
        options = webauthn.generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Raw(webauthn.options_to_json(options).encode())

    def made(self, credential: Raw, challenge: bytes) -> NewKey:
        """The passkey in what the browser sent. Raises PASSKEY_REFUSED."""
        with _refused():
            found = webauthn.verify_registration_response(
                credential=_object(credential),
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        is_synced = found.credential_device_type == CredentialDeviceType.MULTI_DEVICE
        return NewKey(found.credential_id, found.credential_public_key, found.sign_count, is_synced)

    def used(self, credential: Raw, challenge: bytes, public_key: bytes, sign_count: int) -> int:
        """How often the passkey has signed by now. Raises PASSKEY_REFUSED."""
        with _refused():
            found = webauthn.verify_authentication_response(
                credential=_object(credential),
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        return found.new_sign_count


class Signed(NamedTuple):
    """Which passkey has signed which challenge, as the browser says; the signature has yet to show it."""

    credential_id: bytes
    challenge: bytes


def signed(credential: Raw) -> Signed:
    """Raises PASSKEY_REFUSED."""
    with _refused():
        given = _object(credential)
        client_data = json.loads(base64url_to_bytes(given["response"]["clientDataJSON"]))
        return Signed(base64url_to_bytes(given["rawId"]), base64url_to_bytes(client_data["challenge"]))


def relying_party(settings: Settings) -> RelyingParty | None:
    """That of this instance; None if it has no public address."""
    host = urlsplit(settings.public_url).hostname
    return RelyingParty(host, settings.public_url) if host else None


@contextmanager
def _refused() -> Iterator[None]:
    """What the library, or a value of another shape, raises is a refused passkey."""
    try:
        yield
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        raise CoterieError(PASSKEY_REFUSED) from None


def _object(credential: Raw) -> dict[str, Any]:
    if len(bytes(credential)) > LARGEST:
        raise ValueError("too large")
    found = json.loads(bytes(credential))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found
