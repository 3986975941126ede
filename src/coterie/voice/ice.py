"""Which STUN and TURN servers browsers use to find a way to each other.

TURN credentials follow the scheme that coturn calls `use-auth-secret`: the name says when they expire, and the password
is an HMAC of the name, so that Coterie and the TURN server share a secret and nothing else.

A relay is worth something to strangers, and its traffic leaves the operator's network under the operator's address. So
credentials are valid for an hour, and only users who are in a call, or could join one that is under way, receive them.
"""

import base64
import hashlib
import hmac
from typing import Final

from coterie.permissions.context import ActionContext
from coterie.settings.record import Settings
from coterie.viewer import Viewer
from coterie.voice import access
from coterie.voice.models import IceKind, IceServer, IceServers

LIFETIME_SECONDS: Final = 3_600


async def servers_for(context: ActionContext, settings: Settings, viewer: Viewer, now: float) -> IceServers:
    """The servers for one user from now on; `now` in seconds since 1970."""
    found = [] if settings.relay_only else [IceServer(url) for url in settings.stun_urls]
    if has_turn(settings) and await access.may_relay(context.permissions, context.database, viewer.user_id):
        found.append(turn(settings, viewer.username, now))
    return IceServers(found, LIFETIME_SECONDS, missing(settings), settings.relay_only)


def has_turn(settings: Settings) -> bool:
    return bool(settings.turn_url and settings.turn_secret)


def missing(settings: Settings) -> list[IceKind]:
    """What the operator has not set up; a TURN server does what a STUN server does."""
    if has_turn(settings):
        return []
    return ["turn"] if settings.stun_urls else ["stun", "turn"]


def turn(settings: Settings, username: str, now: float) -> IceServer:
    """The TURN server, with credentials for this user."""
    name = f"{int(now) + LIFETIME_SECONDS}:{username}"
    return IceServer(settings.turn_url, name, credential(settings.turn_secret, name))


def credential(secret: str, name: str) -> str:
    """The password for a name. SHA-1 is what TURN servers understand; it is keyed here, and safe for this."""
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
