"""Refresh tokens: `2.<session>.<generation>.<proof>`. Each exchange continues a session's chain by one generation.

The proof is a MAC, so the server knows every token that it ever issued for a session without storing any, and always
computes the same successor. The hash of the newest token is stored as well: by it, a session survives a new secret, and
tokens of earlier versions, which are opaque, are exchanged for tokens of this form. So are those without `2.`: they
were issued when their cookie had a name that other hosts could set, and the proof covers the `2.`.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coterie.settings.derived_keys import derived_key

PURPOSE: Final = "refresh token"
FORM: Final = "2."
SHAPE: Final = re.compile(r"(?:2\.)?([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,8})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a genuine refresh token says."""

    session_id: UUID
    generation: int


class RefreshTokens:
    """Issues refresh tokens with a key derived from the instance's secret; reads those of the previous one as well."""

    def __init__(self, secret: str, previous: str = "") -> None:
        self._key: Final = derived_key(secret, PURPOSE)
        self._keys: Final = (self._key, derived_key(previous, PURPOSE)) if previous else (self._key,)

    def issue(self, session_id: UUID, generation: int) -> str:
        """The refresh token of this generation: always the same one."""
        named = f"{FORM}{_text(session_id.bytes)}.{generation}"
        return f"{named}.{_proof(self._key, named)}"

    def read(self, token: str) -> Claim | None:
        """What the token says, or None if this instance did not issue it in this form."""
        if (found := SHAPE.fullmatch(token)) is None:
            return None
        named, _, proof = token.rpartition(".")
        if not any(hmac.compare_digest(proof, _proof(key, named)) for key in self._keys):
            return None
        return Claim(UUID(bytes=base64.urlsafe_b64decode(found[1] + "==")), int(found[2]))


def is_of_earlier_form(token: str) -> bool:
    """Whether only an earlier version can have issued this token."""
    return not token.startswith(FORM)


def _proof(key: bytes, named: str) -> str:
    return _text(hmac.digest(key, named.encode(), "sha256"))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
