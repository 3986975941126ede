"""The secrets with which deliveries are signed. The table has them encrypted: alone it is worthless to a thief.

ChaCha20-Poly1305 with a key derived from JWT_SECRET; the webhook's id is authenticated with it, so that one webhook's
secret cannot be put into the row of another. After a change of JWT_SECRET the previous one still decrypts, until every
secret is encrypted again (`actions.seal_again`).
"""

import hmac
import os
import secrets
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from coterie.settings.derived_keys import derived_key

PURPOSE: Final = "webhook secrets"
NONCE: Final = 12


class Sealed(NamedTuple):
    """An encrypted secret, and the name of its key."""

    sealed_secret: bytes
    sealed_with: str


class Sealing:
    """Encrypts and decrypts secrets with the keys of this instance."""

    def __init__(self, secret: str, previous: str = "") -> None:
        keys = [derived_key(each, PURPOSE) for each in (secret, previous) if each]
        self._ciphers: Final = {_name(key): ChaCha20Poly1305(key) for key in keys}
        self._current: Final = _name(keys[0])

    @property
    def current(self) -> str:
        """The name of the key with which secrets are encrypted now."""
        return self._current

    def seal(self, webhook_id: UUID, secret: str) -> Sealed:
        nonce = os.urandom(NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, secret.encode(), webhook_id.bytes)
        return Sealed(nonce + sealed, self._current)

    def open(self, webhook_id: UUID, sealed: Sealed) -> str | None:
        """The secret; None if its key is not known here."""
        cipher = self._ciphers.get(sealed.sealed_with)
        if cipher is None:
            return None
        nonce, content = sealed.sealed_secret[:NONCE], sealed.sealed_secret[NONCE:]
        try:
            return cipher.decrypt(nonce, content, webhook_id.bytes).decode()
        except InvalidTag:
            return None


def new_secret() -> str:
    """64 hexadecimal digits."""
    return secrets.token_hex(32)


def signature(secret: str, body: bytes) -> str:
    """The value of the header X-Together-Signature-256."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


def _name(key: bytes) -> str:
    return hmac.digest(key, b"name", "sha256").hex()[:16]
