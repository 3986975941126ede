"""Tokens: a signed access token that names its session, and an opaque refresh token of which only the hash is kept.

The access token is a JWT (HS256) with `sub`, `sid`, `username`, `token_type`, `iat` and `exp`. That it is signed is
not enough: each request also finds the session still there. A lasting one differs by its type and its `exp`: it is for
clients that know of no refreshing, and using it keeps its session standing.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

ACCESS_SECONDS: Final = 15 * 60
LASTING_SECONDS: Final = 30 * 24 * 3600
REFRESH_SECONDS: Final = 7 * 24 * 3600
LEEWAY_SECONDS: Final = 60
LENGTH_LIMIT: Final = 2048
VERIFIED_LIMIT: Final = 20_000
ACCESS: Final = "access"
LASTING: Final = "lasting"


@dataclass(frozen=True, slots=True)
class AccessToken:
    user_id: UUID
    session_id: UUID
    is_lasting: bool


class Tokens:
    """Signs and reads access tokens with the instance's secret."""

    def __init__(self, secret: str) -> None:
        self._secret: Final = secret.encode()
        self._key: Final = OctKey.import_key(secret)
        self._verified: Final[OrderedDict[str, tuple[float, AccessToken]]] = OrderedDict()

    def sign(self, user_id: UUID, session_id: UUID, username: str, *, is_lasting: bool = False) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "sub": str(user_id),
            "sid": str(session_id),
            "username": username,
            "token_type": LASTING if is_lasting else ACCESS,
            "iat": now,
            "exp": now + (LASTING_SECONDS if is_lasting else ACCESS_SECONDS),
        }
        return jwt.encode({"alg": "HS256"}, claims, self._key)

    def read(self, token: str) -> AccessToken | None:
        """What the token says, or None if it is not ours, not an access token, or expired (60 s of leeway)."""
        found = self._verified.get(token) or self._verify(token)
        if found is None or found[0] < time.time():
            return None
        return found[1]

    def _verify(self, token: str) -> tuple[float, AccessToken] | None:
        """When the token expires and what it says; kept, since a token comes with each of many requests."""
        if len(token) > LENGTH_LIMIT:
            return None
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
            if (kind := claims["token_type"]) not in (ACCESS, LASTING):
                return None
            token_says = AccessToken(UUID(claims["sub"]), UUID(claims["sid"]), kind == LASTING)
            found = claims["exp"] + LEEWAY_SECONDS, token_says
        except (JoseError, KeyError, ValueError, TypeError, AttributeError):
            return None
        self._verified[token] = found
        if len(self._verified) > VERIFIED_LIMIT:
            self._verified.popitem(last=False)
        return found

    def following(self, refresh_token: str) -> str:
        """The token that a refresh token is exchanged for: always the same, and only we can tell it."""
        proof = hmac.digest(self._secret, b"refresh:" + refresh_token.encode("utf-8", "surrogatepass"), "sha256")
        return base64.urlsafe_b64encode(proof).decode().rstrip("=")


def new_token() -> str:
    """256 bits of randomness, in letters that need no quoting anywhere."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a refresh or reset token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
