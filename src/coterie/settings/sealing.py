"""Encrypts secrets that a table keeps: alone, the table is worthless to a thief.

ChaCha20-Poly1305 with a key derived from JWT_SECRET for each purpose. The id of a secret's owner is authenticated with
it, so that one owner's secret cannot be put into the row of another. After a change of JWT_SECRET the previous one
still decrypts, until every secret is encrypted again.
"""

import hmac
import os
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from coterie.settings.derived_keys import derived_key

NONCE: Final = 12


class Sealed(NamedTuple):
    """An encrypted secret, and the name of its key."""

    sealed_secret: bytes
    sealed_with: str


class Sealing:
    """Encrypts and decrypts the secrets of one purpose with the keys of this instance."""

    def __init__(self, purpose: str, secret: str, previous: str = "") -> None:
        keys = [derived_key(each, purpose) for each in (secret, previous) if each]
        self._ciphers: Final = {_name(key): ChaCha20Poly1305(key) for key in keys}
        self._current: Final = _name(keys[0])

    @property
    def current(self) -> str:
        """The name of the key with which secrets are encrypted now."""
        return self._current

    def seal(self, owner_id: UUID, secret: str) -> Sealed:
        nonce = os.urandom(NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, secret.encode(), owner_id.bytes)
        return Sealed(nonce + sealed, self._current)

    def open(self, owner_id: UUID, sealed: Sealed) -> str | None:
        """The secret; None if its key is not known here."""
        cipher = self._ciphers.get(sealed.sealed_with)
        if cipher is None:
            return None
        nonce, content = sealed.sealed_secret[:NONCE], sealed.sealed_secret[NONCE:]
        try:
            return cipher.decrypt(nonce, content, owner_id.bytes).decode()
        except InvalidTag:
            return None


def _name(key: bytes) -> str:
    return hmac.digest(key, b"name", "sha256").hex()[:16]
