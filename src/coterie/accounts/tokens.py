"""Access tokens: signed, and only valid while the session that they name exists.

An access token is a JWT (HS256) with `iss`, `aud`, `sub`, `sid`, `gen`, `username`, `token_type`, `iat` and `exp`. Its
`kid` names the secret that its key was derived from. `gen` is the generation of the refresh token that came with it:
its first use shows that the client has received both. A lasting token has another type and `exp`: it is for clients
that cannot refresh, and using it extends its session. Tokens of earlier versions, without `kid`, are valid until they
expire.

joserfc is typed, maintained, and by the author of Authlib. A signature takes 30 µs.
"""

import base64
import contextlib
import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OctKey
from msgspec import Struct, json

from coterie.accounts.refresh_tokens import RefreshTokens
from coterie.settings.derived_keys import derived_key

PURPOSE: Final = "access token"
ISSUER: Final = "coterie"
AUDIENCE: Final = "coterie"
ACCESS_SECONDS: Final = 15 * 60
LASTING_SECONDS: Final = 30 * 24 * 3600
MADE_PREFIX: Final = "coterie_"
"""How tokens begin that people make for their programs; a JWT cannot."""

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
    generation: int = 0
    is_old: bool = False
    """Whether an earlier version issued it."""


class Tokens:
    """Signs access tokens with a key of the instance's secret, reads those of the previous one too.

    `refreshing` does the same for refresh tokens.
    """

    def __init__(self, secret: str, previous: str = "") -> None:
        self.refreshing: Final = RefreshTokens(secret, previous)
        known = [secret, previous] if previous else [secret]
        self._kid: Final = key_id(secret)
        self._keys: Final = {key_id(each): OctKey.import_key(derived_key(each, PURPOSE)) for each in known}
        self._old_keys: Final = [OctKey.import_key(each) for each in known]
        self._verified: Final[OrderedDict[str, tuple[float, AccessToken]]] = OrderedDict()

    def sign(
        self, user_id: UUID, session_id: UUID, username: str, *, generation: int = 0, is_lasting: bool = False
    ) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": str(session_id),
            "gen": generation,
            "username": username,
            "token_type": LASTING if is_lasting else ACCESS,
            "iat": now,
            "exp": now + (LASTING_SECONDS if is_lasting else ACCESS_SECONDS),
        }
        return jwt.encode({"alg": "HS256", "kid": self._kid}, claims, self._keys[self._kid])

    def read(self, token: str) -> AccessToken | None:
        """The token's claims, or None if it is not ours, not an access token, or expired (60 s of leeway)."""
        found = self._verified.get(token) or self._verify(token)
        if found is None or found[0] < time.time():
            return None
        return found[1]

    def _verify(self, token: str) -> tuple[float, AccessToken] | None:
        """When the token expires, and its claims; cached, since a client sends the same token with many requests."""
        if len(token) > LENGTH_LIMIT:
            return None
        try:
            decoded = self._decode(token)
            found = decoded.claims["exp"] + LEEWAY_SECONDS, _named(decoded)
        except (JoseError, KeyError, ValueError, TypeError, AttributeError):
            return None
        self._verified[token] = found
        if len(self._verified) > VERIFIED_LIMIT:
            self._verified.popitem(last=False)
        return found

    def _decode(self, token: str) -> jwt.Token:
        """Check the signature, by the key that the token names or, without one, by the secrets themselves."""
        if (kid := json.decode(base64.urlsafe_b64decode(token.partition(".")[0] + "=="), type=Header).kid) is not None:
            return jwt.decode(token, self._keys[kid], algorithms=["HS256"])
        for key in self._old_keys[:-1]:
            with contextlib.suppress(BadSignatureError):
                return jwt.decode(token, key, algorithms=["HS256"])
        return jwt.decode(token, self._old_keys[-1], algorithms=["HS256"])


class Header(Struct):
    """What is read of a token's header before its signature is checked."""

    kid: str | None = None


def _named(decoded: jwt.Token) -> AccessToken:
    """What a signed token says; raises ValueError if it was not signed for this."""
    claims, is_old = decoded.claims, "kid" not in decoded.header
    kind = claims["token_type"]
    if kind not in (ACCESS, LASTING) or not (is_old or (claims["iss"], claims["aud"]) == (ISSUER, AUDIENCE)):
        raise ValueError
    generation = 0 if is_old else int(claims["gen"])
    return AccessToken(UUID(claims["sub"]), UUID(claims["sid"]), kind == LASTING, generation, is_old)


def key_id(secret: str) -> str:
    """The name of a secret in the tokens that were signed with it."""
    return derived_key(secret, "key id").hex()[:8]


def new_token() -> str:
    """256 random bits, in characters that need no quoting anywhere."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a refresh or reset token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
