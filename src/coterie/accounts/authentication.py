"""Finds the session that an access token names, and keeps what is known of sessions, those of bots included.

A valid session is cached for a while, so that not every request asks the database. Whatever ends or changes a session
is announced in the account's topic, and a bus message about it clears this process's cache entry at once.
While the bus is unreachable, nothing is cached.
"""

import time
from collections import OrderedDict
from typing import Final, NamedTuple
from uuid import UUID

from coterie import errors
from coterie.accounts import session_queries
from coterie.accounts.expiry import keep
from coterie.accounts.lifetimes import Lifetimes
from coterie.accounts.tokens import MADE_PREFIX, Tokens
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.http.credentials import Credential
from coterie.log.event import BusMessage
from coterie.viewer import Viewer

CACHED_SECONDS: Final = 30.0
CACHED_LIMIT: Final = 20_000
"""Accounts; each has a few sessions at most."""


class KnownSession(NamedTuple):
    """A valid session, until when that is believed, and the generation of its tokens that no client has used yet."""

    forget_at: float
    viewer: Viewer
    unconfirmed: int | None


class Authentication:
    """Reads access tokens."""

    def __init__(self, database: Database, tokens: Tokens, lifetimes: Lifetimes | None = None) -> None:
        self.database: Final = database
        self.tokens: Final = tokens
        self.lifetimes: Final = lifetimes or Lifetimes()
        self._cached: Final[OrderedDict[UUID, dict[UUID, KnownSession]]] = OrderedDict()
        self._invalidations = 0
        self._is_connected = False

    def recognizes(self, credential: Credential) -> bool:
        return credential.scheme == "Bearer" and not credential.token.startswith(MADE_PREFIX)

    async def viewer(self, credential: Credential) -> Viewer:
        """The user and session of an access token.

        A lasting one is invalid in an address, which is logged on the way; and in a cookie under a former name, which
        another host could have set, only a token that an earlier version issued is valid.

        Raises UNAUTHENTICATED if it is invalid, and SESSION_ENDED.
        """
        token, place = credential.token, credential.place
        named = self.tokens.read(token) if token else None
        if (
            named is None
            or (named.is_lasting and place == "address")
            or (not named.is_old and place == "former cookie")
        ):
            raise CoterieError(errors.UNAUTHENTICATED)
        known = self._cached.get(named.user_id, {}).get(named.session_id)
        if known is not None and known.forget_at > time.monotonic() and known.unconfirmed != named.generation:
            return known.viewer
        known = await self._look_up(named.user_id, named.session_id)
        if known.unconfirmed == named.generation:
            await session_queries.confirm_generation(self.database, named.session_id, named.generation)
            self.forget(named.user_id)
        if named.is_lasting:
            await keep(self.database, self.lifetimes, [named.session_id])
        return known.viewer

    def known(self, user_id: UUID, session_id: UUID) -> Viewer | None:
        """The viewer of a session that is known to be valid; None if the database has to be asked."""
        known = self._cached.get(user_id, {}).get(session_id)
        return known.viewer if known is not None and known.forget_at > time.monotonic() else None

    async def of_session(self, user_id: UUID, session_id: UUID) -> Viewer:
        """The viewer of a session, from the database. Raises SESSION_ENDED."""
        return (await self._look_up(user_id, session_id)).viewer

    def receive(self, notification: BusMessage) -> None:
        """Clear the cached sessions of an account when a bus message reports that its sessions changed."""
        kind = notification.type
        if notification.topic is not None and (kind is None or kind == "USER_UPDATE" or kind.startswith("SESSION_")):
            self.forget(notification.topic)

    def forget(self, user_id: UUID) -> None:
        """Ask the database again about this account's sessions; for code that changed them and knows before the bus."""
        self._invalidations += 1
        self._cached.pop(user_id, None)

    def set_connected(self, is_connected: bool) -> None:
        """Called when the bus becomes unreachable or reachable; bus messages may have been lost meanwhile."""
        self._is_connected = is_connected
        self._invalidations += 1
        self._cached.clear()

    async def look(self) -> None:
        """Check all cached sessions with one statement, and forget every account that has changed."""
        now = time.monotonic()
        known = {
            session: each.viewer
            for sessions in self._cached.values()
            for session, each in sessions.items()
            if each.forget_at > now
        }
        if known:
            found = {each.session_id: each for each in await session_queries.viewers(self.database, list(known))}
            for session, viewer in known.items():
                if found.get(session) != viewer:
                    self.forget(viewer.user_id)

    async def _look_up(self, user_id: UUID, session_id: UUID) -> KnownSession:
        """Ask the database; the result is cached unless an account was forgotten during the query."""
        before = self._invalidations
        found = await session_queries.viewer(self.database, user_id, session_id)
        if found is None:
            raise CoterieError(errors.SESSION_ENDED)
        known = KnownSession(time.monotonic() + CACHED_SECONDS, *found)
        if self._is_connected and before == self._invalidations:
            self._cached.setdefault(user_id, {})[session_id] = known
            if len(self._cached) > CACHED_LIMIT:
                self._cached.popitem(last=False)
        return known
