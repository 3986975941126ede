"""The storage of accounts, for writes that are too many and too small to add up all that is stored for each.

A process that has looked up what an account stores lets it store a little more without looking again. So several
processes together can exceed a limit, each by GRANT.
"""

import time
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.usage import queries
from coterie.usage.counting import Usage

GRANT: Final = 1024 * 1024
"""Bytes."""

GRANTED_SECONDS: Final = 60.0

FULL: Final = "You've used all of your storage. Delete some files or documents first."


class StorageQuota:
    """What accounts may store in this process without another look."""

    def __init__(self, usage: Usage) -> None:
        self._usage: Final = usage
        self._granted: Final[dict[UUID, int]] = {}
        self._until = 0.0

    async def take(self, connection: Connection, user_id: UUID, size: int) -> None:
        """Count bytes that are about to be stored. Raises QUOTA_EXCEEDED if they do not fit."""
        limit = self._usage.limit(user_id, "storage_bytes")
        if limit is None:
            return
        self._expire()
        if self._granted.get(user_id, -1) < size:
            left = limit - await queries.stored_bytes(connection, user_id)
            if left < size:
                raise CoterieError(errors.QUOTA_EXCEEDED, FULL)
            self._granted[user_id] = min(left, size + GRANT)
        self._granted[user_id] -= size

    def _expire(self) -> None:
        if time.monotonic() > self._until:
            self._granted.clear()
            self._until = time.monotonic() + GRANTED_SECONDS
