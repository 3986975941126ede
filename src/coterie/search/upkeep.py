"""Keeps the index of words quick: what inserts only noted is moved to its place, off the path of any request.

A full list would be emptied by an insert, which would wait for it, and a long one makes every search slower. One
process at a time does it, and the more there was, the sooner again.
"""

from typing import Final

from coterie.database.connection import Database
from coterie.search import queries

SHORTEST: Final = 1.0
LONGEST: Final = 15.0
"""Seconds between two times, when there is much to do and when there is little."""
MANY_PAGES: Final = 64
"""Of 8 kB: half a megabyte of notes, a few thousand messages."""


class Upkeep:
    """Cleans, and finds its pace."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._pause = SHORTEST

    async def clean(self) -> float:
        """Empty the list; answers the seconds until the next time."""
        self._pause = next_pause(self._pause, await queries.clean(self._database))
        return self._pause


def next_pause(pause: float, pages: int | None) -> float:
    """How long to wait after so many pages, in seconds."""
    return SHORTEST if pages is not None and pages >= MANY_PAGES else min(pause * 2, LONGEST)
