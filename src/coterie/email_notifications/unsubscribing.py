"""Tokens of links that end a user's emails without a login (RFC 8058). They do nothing else, so they never expire."""

import base64
import hmac
from typing import Final
from uuid import UUID

from coterie.settings.derived_keys import derived_key
from coterie.settings.record import Settings

PURPOSE: Final = "unsubscribing from emails"
MARK_LENGTH: Final = 16
"""Bytes of the code behind the id."""


class Unsubscribing:
    """Makes and checks the tokens."""

    def __init__(self, settings: Settings) -> None:
        secrets = (settings.jwt_secret, settings.jwt_secret_previous)
        self._keys: Final = [derived_key(each, PURPOSE) for each in secrets if each]

    def token(self, user_id: UUID) -> str:
        return base64.urlsafe_b64encode(user_id.bytes + _mark(self._keys[0], user_id)).decode().rstrip("=")

    def user(self, token: str) -> UUID | None:
        """Whose emails a token ends; None if it is not one of this instance."""
        try:
            given = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        if len(given) != 16 + MARK_LENGTH:
            return None
        user_id = UUID(bytes=given[:16])
        is_genuine = any(hmac.compare_digest(_mark(key, user_id), given[16:]) for key in self._keys)
        return user_id if is_genuine else None


def _mark(key: bytes, user_id: UUID) -> bytes:
    return hmac.digest(key, user_id.bytes, "sha256")[:MARK_LENGTH]
