"""From a token to the one who asks; every door comes through here."""

from typing import Final

from coterie import errors
from coterie.accounts import queries
from coterie.accounts.actions import Accounts
from coterie.accounts.models import Viewer
from coterie.errors import CoterieError

SESSION_COOKIE: Final = "coterie_session"
"""Holds the access token. Counts for files and the gateway's handshake, never for a call that changes something."""

REFRESH_COOKIE: Final = "coterie_refresh"
"""Holds the refresh token, and is sent to /api/auth only."""


async def authenticate(accounts: Accounts, token: str) -> Viewer:
    """Whose access token this is, if its session still stands."""
    named = accounts.tokens.read(token) if token else None
    if named is None:
        raise CoterieError(errors.UNAUTHENTICATED)
    viewer = await queries.viewer(accounts.database, named.user_id, named.session_id)
    if viewer is None:
        raise CoterieError(errors.SESSION_ENDED)
    return viewer
