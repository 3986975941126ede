"""The migrations from before the first release, which are now one, and the databases that they created.

`migrations/squashed.txt` has their names and checksums. A database that has all of them has exactly the schema of the
squashed one: its records are read as the record of that one, and replaced by it at the next migration. A database that
has only some of them cannot be migrated.
"""

from importlib import resources
from typing import Final

_FILE: Final = "squashed.txt"

Note = tuple[str, str]
"""The title of an applied migration, and its checksum."""


def squashed() -> list[Note]:
    """All squashed migrations, in order."""
    lines = resources.files("coterie.migrations").joinpath(_FILE).read_text("utf-8").splitlines()
    return [(title, checksum) for title, checksum in (line.split() for line in lines)]


def is_squashed(title: str) -> bool:
    """Whether a migration is a squashed one."""
    return title in dict(squashed())
