"""Finds the bot of a bot's token."""

import re
from typing import Final

from coterie.accounts.authentication import Authentication
from coterie.accounts.stored_tokens import StoredTokens
from coterie.bots import queries
from coterie.database.connection import Database
from coterie.http.credentials import Credential

BOT_TOKEN: Final = re.compile(r"[0-9a-f]{64}")


class BotTokens(StoredTokens):
    """Reads the tokens of bots."""

    def __init__(self, database: Database, authentication: Authentication) -> None:
        super().__init__(database, authentication, BOT_TOKEN, queries.session)

    def recognizes(self, credential: Credential) -> bool:
        return credential.scheme == "Bot"
