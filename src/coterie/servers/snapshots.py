"""The encoded snapshots of servers, each read once for all who ask for the same one.

A server's snapshot has all its members: 20,000 of them are 9 MB, and a tenth of a second of the database.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

KEPT_SECONDS: Final = 2.0
"""How long a snapshot is kept after it was read. It stays true: its key names the position."""
KEPT_BYTES: Final = 32 * 1024 * 1024
"""What all kept snapshots may take together. One that finds no room is shared only with those who wait for it."""


class SnapshotKey(NamedTuple):
    """All that a snapshot depends on: who may view the same channels and receives the same kinds gets the same one."""

    server_id: UUID
    position: int
    visible: frozenset[UUID]
    restricted: frozenset[str]


class ServerSnapshots:
    """The snapshots that were read in the last seconds, and those that are being read."""

    def __init__(self, kept_bytes: int = KEPT_BYTES, kept_seconds: float = KEPT_SECONDS) -> None:
        self._kept_bytes: Final = kept_bytes
        self._kept_seconds: Final = kept_seconds
        self._kept: Final[dict[SnapshotKey, bytes]] = {}
        self._turns: Final[WeakValueDictionary[SnapshotKey, Turn]] = WeakValueDictionary()
        self._size = 0

    async def read(self, key: SnapshotKey, reading: Callable[[], Awaitable[bytes]]) -> bytes:
        """The snapshot of this key, from `reading` unless somebody else has just read it."""
        turn = self._turns.setdefault(key, Turn())
        async with turn.lock:
            if turn.content is None:
                turn.content = self._kept.get(key) or await reading()
                self._keep(key, turn.content)
            return turn.content

    def _keep(self, key: SnapshotKey, content: bytes) -> None:
        if key in self._kept or self._size + len(content) > self._kept_bytes:
            return
        self._kept[key] = content
        self._size += len(content)
        asyncio.get_running_loop().call_later(self._kept_seconds, self._drop, key)

    def _drop(self, key: SnapshotKey) -> None:
        self._size -= len(self._kept.pop(key))


class Turn:
    """Those who ask for a snapshot at the same time: the first one reads it. It lives as long as one of them waits."""

    def __init__(self) -> None:
        self.lock: Final = asyncio.Lock()
        self.content: bytes | None = None
