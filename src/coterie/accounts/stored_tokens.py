"""Finds the session of a token of which the hash is stored. What ends the session, which every process learns, ends the
token."""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts.authentication import CACHED_LIMIT, Authentication
from coterie.accounts.tokens import token_hash
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.http.credentials import Credential
from coterie.viewer import Viewer

Find = Callable[[Connection, bytes], Awaitable[tuple[UUID, UUID] | None]]
"""The account and the session of the token with this hash."""


class StoredTokens:
    """Reads tokens of this form, which `find` looks up."""

    def __init__(self, database: Database, authentication: Authentication, form: re.Pattern[str], find: Find) -> None:
        self._database: Final = database
        self._authentication: Final = authentication
        self._form: Final = form
        self._find: Final = find
        self._sessions: Final[OrderedDict[bytes, tuple[UUID, UUID]]] = OrderedDict()
        """The account and session of each token, while that session is believed to be valid."""

    async def viewer(self, credential: Credential) -> Viewer:
        """The account and session of a token. Raises UNAUTHENTICATED if it is invalid, and SESSION_ENDED."""
        if not self._form.fullmatch(credential.token):
            raise CoterieError(errors.UNAUTHENTICATED)
        digest = token_hash(credential.token)
        named = self._sessions.get(digest) or await self._find(self._database, digest)
        if named is None:
            raise CoterieError(errors.UNAUTHENTICATED)
        if (viewer := self._authentication.known(*named)) is None:
            self._sessions.pop(digest, None)
            viewer = await self._authentication.of_session(*named)
            await self.used(viewer)
        self._sessions[digest] = named
        if len(self._sessions) > CACHED_LIMIT:
            self._sessions.popitem(last=False)
        return viewer

    async def used(self, viewer: Viewer) -> None:
        """Called for the first of a token's uses, and after that at most every half a minute."""
