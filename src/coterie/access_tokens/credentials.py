"""Finds the account of an access token that its owner made for a program."""

import re
from datetime import UTC, datetime
from typing import Final

from coterie.access_tokens import queries
from coterie.accounts.authentication import Authentication
from coterie.accounts.stored_tokens import StoredTokens
from coterie.accounts.tokens import MADE_PREFIX, new_token
from coterie.database.connection import Database
from coterie.http.credentials import Credential
from coterie.log.append import Change, append
from coterie.viewer import Viewer

ACCESS_TOKEN: Final = re.compile(re.escape(MADE_PREFIX) + r"[\w-]{43}", re.ASCII)


def new_access_token() -> str:
    """The prefix lets scanners for leaked secrets recognize it."""
    return MADE_PREFIX + new_token()


class AccessTokens(StoredTokens):
    """Reads access tokens that people made. They are taken from headers only, since addresses are logged on the way."""

    def __init__(self, database: Database, authentication: Authentication) -> None:
        super().__init__(database, authentication, ACCESS_TOKEN, queries.session)

    def recognizes(self, credential: Credential) -> bool:
        return (
            credential.scheme == "Bearer" and credential.place == "header" and credential.token.startswith(MADE_PREFIX)
        )

    async def used(self, viewer: Viewer) -> None:
        """Note when the token was used last, to the hour."""
        async with self._database.acquire() as connection, connection.transaction():
            session = await queries.note_use(connection, viewer.session_id, datetime.now(UTC))
            if session is not None:
                await append(connection, Change(viewer.user_id, f"sessions/{session.id}", "SESSION_UPDATE", session))
