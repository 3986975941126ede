"""Keys derived from JWT_SECRET, one for each purpose, so that what is made for one is worthless for another.

HKDF (RFC 5869) with SHA-256. One block is enough for a key of 32 bytes.
"""

import hmac
from typing import Final

SALT: Final = b"coterie"


def derived_key(secret: str, purpose: str) -> bytes:
    """The key of 32 bytes for a purpose."""
    return hmac.digest(hmac.digest(SALT, secret.encode(), "sha256"), purpose.encode() + b"\x01", "sha256")
