"""Recovery codes: 80 random bits each. The table has hashes, so they work even if no secret of the instance is left."""

import base64
import hashlib
import secrets
from typing import Final

COUNT: Final = 10
BYTES: Final = 10


def new_codes() -> list[str]:
    """Each is four groups of four characters, without digits and letters that look alike in base32."""
    return ["-".join(text[at : at + 4] for at in range(0, 16, 4)) for text in (_new() for _ in range(COUNT))]


def digest(code: str) -> bytes:
    """What is stored of a code, however it is written."""
    return hashlib.sha256(plain(code).encode()).digest()


def plain(code: str) -> str:
    """A code without spaces and hyphens, in small letters."""
    return "".join(code.split()).replace("-", "").lower()


def _new() -> str:
    return base64.b32encode(secrets.token_bytes(BYTES)).decode().lower()
