"""Finds the bot of a bot's token. What ends its session, which is known to all processes, ends the token."""

import re
from collections import OrderedDict
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.accounts.authentication import CACHED_LIMIT, Authentication
from coterie.accounts.tokens import token_hash
from coterie.bots import queries
from coterie.database.connection import Database
from coterie.errors import CoterieError
from coterie.http.credentials import Credential
from coterie.viewer import Viewer

BOT_TOKEN: Final = re.compile(r"[0-9a-f]{64}")


class BotTokens:
    """Reads the tokens of bots."""

    def __init__(self, database: Database, authentication: Authentication) -> None:
        self._database: Final = database
        self._authentication: Final = authentication
        self._sessions: Final[OrderedDict[bytes, tuple[UUID, UUID]]] = OrderedDict()
        """The account and session of each token, while that session is believed to be valid."""

    def recognizes(self, credential: Credential) -> bool:
        return credential.scheme == "Bot"

    async def viewer(self, credential: Credential) -> Viewer:
        """The account and session of a bot's token. Raises UNAUTHENTICATED if it is invalid, and SESSION_ENDED."""
        if not BOT_TOKEN.fullmatch(credential.token):
            raise CoterieError(errors.UNAUTHENTICATED)
        digest = token_hash(credential.token)
        named = self._sessions.get(digest) or await queries.session(self._database, digest)
        if named is None:
            raise CoterieError(errors.UNAUTHENTICATED)
        if (viewer := self._authentication.known(*named)) is None:
            self._sessions.pop(digest, None)
            viewer = await self._authentication.of_session(*named)
        self._sessions[digest] = named
        if len(self._sessions) > CACHED_LIMIT:
            self._sessions.popitem(last=False)
        return viewer
