"""Which STUN and TURN servers browsers use to find a way to each other.

TURN credentials follow the scheme that coturn calls `use-auth-secret`: the name says until when they count, and the
password is an HMAC of the name, so that Coterie and the TURN server share a secret and nothing else.
"""

import base64
import hashlib
import hmac
from typing import Final

from coterie.settings import Settings
from coterie.voice.models import IceServer, IceServers

LIFETIME_SECONDS: Final = 86_400


def servers(settings: Settings, username: str, now: float) -> IceServers:
    """The servers for one person from now on; `now` in seconds since 1970."""
    found = [IceServer(url) for url in settings.stun_urls]
    if settings.turn_url and settings.turn_secret:
        name = f"{int(now) + LIFETIME_SECONDS}:{username}"
        found.append(IceServer(settings.turn_url, name, credential(settings.turn_secret, name)))
    return IceServers(found, LIFETIME_SECONDS)


def credential(secret: str, name: str) -> str:
    """The password that belongs to a name. SHA-1 is what TURN servers understand; it is keyed, and safe for this."""
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
