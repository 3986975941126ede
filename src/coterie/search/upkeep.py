"""Keeps the index of words fast: merges the pending list of inserts into it, outside of any request.

If the list were full, an insert would have to merge it and wait, and a long list slows every search down. One process
at a time does it, and the more there was to merge, the sooner it does so again.
"""

from typing import Final

from coterie.database.connection import Database
from coterie.database.recurring import Recurring
from coterie.feature import Core
from coterie.search import queries

SHORTEST: Final = 1.0
LONGEST: Final = 15.0
"""Seconds between two merges, if there is much to do and if there is little."""
MANY_PAGES: Final = 64
"""Pages of 8 kB: half a megabyte of pending entries, a few thousand messages."""


def works(core: Core) -> list[Recurring]:
    """The upkeep, as a process does it."""
    return [Recurring("search.upkeep", Upkeep(core.database).clean, LONGEST, is_soon=False)]


class Upkeep:
    """Merges the list, and adapts how often."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._pause = SHORTEST

    async def clean(self) -> float:
        """Merge the list; returns the seconds until the next time."""
        self._pause = next_pause(self._pause, await queries.clean(self._database))
        return self._pause


def next_pause(pause: float, pages: int | None) -> float:
    """How long to wait after merging this many pages, in seconds."""
    return SHORTEST if pages is not None and pages >= MANY_PAGES else min(pause * 2, LONGEST)
