"""Who can see the server's metrics: a client with METRICS_TOKEN, or without that setting a program on this machine.

A reverse proxy on this machine is such a program too, and acts for strangers. So without a token, a request with any
sign of having been forwarded gets nothing. If there must be a proxy (PUBLIC_URL begins with https) but none is named in
TRUSTED_PROXIES, no request gets anything, since such a proxy may leave no sign. Everyone else gets 404.

If it is named in TRUSTED_PROXIES, a proxy has to say for whom it acts, or the rate limits would not work. Plain HTTP
behind a proxy that leaves no signs is not recognized; the token is for that.
"""

import hmac

from coterie.http.asgi import Scope
from coterie.http.credentials import header
from coterie.http.local_requests import is_from_this_machine
from coterie.settings.record import Settings


def may_look_inside(settings: Settings, scope: Scope) -> bool:
    """Whether a request may see figures that strangers may not."""
    if settings.metrics_token:
        given = header(scope, b"authorization")
        return hmac.compare_digest(given.encode("latin-1"), b"Bearer " + settings.metrics_token.encode())
    if settings.is_https and not settings.trusted_proxies:
        return False
    return is_from_this_machine(scope)
