"""Refuses writes while little space is left: a full disk stops PostgreSQL, and then nobody can read or delete either.

Where the database's disk is nearly full, nothing that takes space is accepted; where only that of files is, no upload.
Every process looks for itself, every few seconds and outside of the event loop.
"""

import asyncio
import time
from typing import Final

import structlog

from coterie import errors
from coterie.database.recurring import Recurring
from coterie.database.statistics import Postgres
from coterie.errors import CoterieError
from coterie.settings.record import Settings
from coterie.space.disks import Disk, disks

LOOK_SECONDS: Final = 5.0
FIGURES_SECONDS: Final = 30.0
"""How often PostgreSQL is asked where its data are and how large they are."""

SHARE: Final = 20
"""Of a small disk, one part in `SHARE` is the reserve."""

RETRY_SECONDS: Final = 30

log = structlog.get_logger(__name__)


def reserve_of(disk: Disk, reserve: int) -> int:
    """How many bytes have to stay free on a disk."""
    return min(reserve, disk.size_bytes // SHARE)


class Space:
    """What one process knows of the space; `full` are the places, "files" and "database", that take nothing more."""

    def __init__(self, settings: Settings, postgres: Postgres) -> None:
        self._settings: Final = settings
        self._postgres: Final = postgres
        self._asked_at = float("-inf")
        self._data_directory: str | None = None
        self._database_size = 0
        self.full: frozenset[str] = frozenset()
        self.recurring: Final = Recurring("space", self.look, LOOK_SECONDS)

    def check(self, *, is_upload: bool = False) -> None:
        """Raises DISK_FULL if there is no space for a write."""
        if self.full and (is_upload or "database" in self.full):
            raise CoterieError(errors.DISK_FULL, retry_after=RETRY_SECONDS)

    async def look(self) -> None:
        """Find out which places are full."""
        await self._ask()
        found = await asyncio.to_thread(disks, self._settings, self._data_directory)
        reserve = self._settings.disk_reserve
        full = {place for place, disk in found.items() if disk.free_bytes < reserve_of(disk, reserve)} - {"backups"}
        if 0 < self._settings.database_limit < self._database_size:
            full.add("database")
        if full != self.full:
            log.warning("space.full" if full else "space.free", places=sorted(full))
        self.full = frozenset(full)

    async def _ask(self) -> None:
        if time.monotonic() - self._asked_at < FIGURES_SECONDS:
            return
        self._asked_at = time.monotonic()
        if (figures := await self._postgres.figures()) is not None:
            self._data_directory, self._database_size = figures.data_directory, figures.size
