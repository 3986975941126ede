"""From a token to the one who asks; every door comes through here.

A session that was found valid is remembered for a while, so that a request need not ask the database again. What ends
or changes it is announced in the account's topic, and whatever the bus says of it makes this process forget at once.
While the bus is not heard, nothing is remembered.
"""

import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts import actions, queries
from coterie.accounts.models import Viewer
from coterie.accounts.tokens import Tokens
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.log.event import Notification

SESSION_COOKIE: Final = "coterie_session"
"""Holds the access token. Counts for files and the gateway's handshake, never for a call that changes something."""

REFRESH_COOKIE: Final = "coterie_refresh"
"""Holds the refresh token, and is sent to /api/auth only."""

REMEMBERED_SECONDS: Final = 30.0
REMEMBERED_LIMIT: Final = 20_000
"""Accounts; each has a few sessions at most."""

NOBODY: Final[tuple[float, Viewer | None]] = (0.0, None)


class Authentication:
    """Finds out whose an access token is."""

    def __init__(self, database: Database, tokens: Tokens) -> None:
        self._database: Final = database
        self._tokens: Final = tokens
        self._remembered: Final[OrderedDict[UUID, dict[UUID, tuple[float, Viewer]]]] = OrderedDict()
        self._forgettings = 0
        self._is_hearing = False

    async def viewer(self, token: str) -> Viewer:
        """Whose access token this is, if its session still stands."""
        named = self._tokens.read(token) if token else None
        if named is None:
            raise CoterieError(errors.UNAUTHENTICATED)
        forget_at, viewer = self._remembered.get(named.user_id, {}).get(named.session_id, NOBODY)
        if viewer is not None and forget_at > time.monotonic():
            return viewer
        viewer = await self._look_up(named.user_id, named.session_id)
        if named.is_lasting:
            await actions.keep_session(self._database, viewer)
        return viewer

    def hear(self, notification: Notification) -> None:
        """Forget the sessions of an account of which the bus tells that something about its logins changed."""
        kind = notification.type
        if notification.topic is not None and (kind is None or kind == "USER_UPDATE" or kind.startswith("SESSION_")):
            self.forget(notification.topic)

    def forget(self, user_id: UUID) -> None:
        """Ask the database again about this account's sessions; for who changed them, and need not wait for the bus."""
        self._forgettings += 1
        self._remembered.pop(user_id, None)

    def set_hearing(self, is_hearing: bool) -> None:
        """Told when the bus falls silent and when it is heard again; what it may have said meanwhile is unknown."""
        self._is_hearing = is_hearing
        self._forgettings += 1
        self._remembered.clear()

    async def look(self) -> None:
        """Ask about all that is remembered at once, and forget every account of which something is not so any more."""
        now = time.monotonic()
        known = {
            session: viewer
            for sessions in self._remembered.values()
            for session, (forget_at, viewer) in sessions.items()
            if forget_at > now
        }
        if known:
            found = {each.session_id: each for each in await queries.viewers(self._database, list(known))}
            for session, viewer in known.items():
                if found.get(session) != viewer:
                    self.forget(viewer.user_id)

    async def _look_up(self, user_id: UUID, session_id: UUID) -> Viewer:
        """Ask the database; the answer is remembered unless something was forgotten while it was under way."""
        before = self._forgettings
        viewer = await queries.viewer(self._database, user_id, session_id)
        if viewer is None:
            raise CoterieError(errors.SESSION_ENDED)
        if self._is_hearing and before == self._forgettings:
            sessions = self._remembered.setdefault(user_id, {})
            sessions[session_id] = (time.monotonic() + REMEMBERED_SECONDS, viewer)
            if len(self._remembered) > REMEMBERED_LIMIT:
                self._remembered.popitem(last=False)
        return viewer
