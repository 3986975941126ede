"""The user names of authors, cached for a minute: the log keeps ids, the messenger's clients need names."""

import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection

SECONDS: Final = 60.0
LIMIT: Final = 20_000


class Names:
    """Caches the names that were requested last."""

    def __init__(self, database: Connection) -> None:
        self._database: Final = database
        self._known: Final[OrderedDict[UUID, tuple[str, float]]] = OrderedDict()

    async def name(self, user_id: UUID | None) -> str:
        """A user's name; empty if the account is deleted."""
        if user_id is None:
            return ""
        known = self._known.get(user_id)
        if known is None or known[1] < time.monotonic():
            found = await self._database.fetchval("SELECT username FROM users WHERE id = $1", user_id)
            known = self._known[user_id] = found or "", time.monotonic() + SECONDS
            self._known.move_to_end(user_id)
            if len(self._known) > LIMIT:
                self._known.popitem(last=False)
        return known[0]
