"""The migrations as files: `NNNN_name.up.sql` and `NNNN_name.down.sql`, numbered from 1 without a gap.

A file runs in one transaction. If its first line is `-- coterie: no transaction`, it does not: this is for building or
dropping an index concurrently. It runs one statement at a time, each ending with a semicolon at the end of a line, and
must be safe to repeat after a failure half way.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

_NO_TRANSACTION: Final = "-- coterie: no transaction"
_FILE_NAME: Final = re.compile(r"(?P<version>[0-9]{4})_(?P<name>[a-z0-9]+(?:_[a-z0-9]+)*)\.(?P<way>up|down)\.sql")


class MigrationError(Exception):
    """A problem with the schema or its migrations; the message says what it is and what to do."""


class MigrationFilesError(MigrationError):
    """The migration files themselves are invalid."""


@dataclass(frozen=True)
class Script:
    """The SQL of one direction, up or down."""

    sql: str

    @property
    def is_transactional(self) -> bool:
        """Whether it runs in one transaction, which is the default."""
        return self.sql.split("\n", 1)[0].strip() != _NO_TRANSACTION

    @property
    def statements(self) -> list[str]:
        """The statements one by one, for a script that runs outside a transaction."""
        return [part for part in re.split(r"(?<=;)[ \t]*\n", self.sql) if _has_code(part)]


@dataclass(frozen=True)
class Migration:
    """One step of the schema, up and down."""

    version: int
    name: str
    up: Script
    down: Script

    @property
    def title(self) -> str:
        """The files' name without the ending."""
        return title(self.version, self.name)

    @property
    def checksum(self) -> str:
        """The SHA-256 of the up script, which must never change once it was applied."""
        return hashlib.sha256(self.up.sql.encode()).hexdigest()


def title(version: int, name: str) -> str:
    """The name of a migration in messages and file names."""
    return f"{version:04}_{name}"


def load(directory: Traversable | None = None) -> tuple[Migration, ...]:
    """The migrations of `directory`, or Coterie's own, in order. Raises `MigrationFilesError`."""
    place = directory or resources.files("coterie.migrations")
    ways: dict[int, dict[str, tuple[str, Script]]] = {}
    for file in place.iterdir():
        if file.name.endswith(".sql"):
            version, way, name = _parse(file.name)
            if way in ways.setdefault(version, {}):
                raise MigrationFilesError(f"There are two migrations numbered {version:04}: rename {file.name}.")
            ways[version][way] = name, Script(file.read_text("utf-8").replace("\r\n", "\n"))
    return tuple(_combine(number, ways) for number in range(1, max(ways, default=0) + 1))


def add(name: str, directory: Path | None = None) -> tuple[Path, Path]:
    """Create the two files of the next migration. Raises `MigrationFilesError` for an invalid name."""
    place = directory or Path(str(resources.files("coterie.migrations")))
    stem = title(len(load(place)) + 1, name)
    files = place / f"{stem}.up.sql", place / f"{stem}.down.sql"
    for file in files:
        _parse(file.name)
    files[0].write_text(f"-- What {name.replace('_', ' ')} is for.\n")
    files[1].write_text(f"-- Undoes {stem}.up.sql; say here which data is lost.\n")
    return files


def _parse(file_name: str) -> tuple[int, str, str]:
    match = _FILE_NAME.fullmatch(file_name)
    if match is None or match["version"] == "0000":
        raise MigrationFilesError(
            f"{file_name} is not a valid name for a migration: use four digits from 0001 on, then lower-case letters, "
            "digits and underscores, as in 0002_add_polls.up.sql."
        )
    return int(match["version"]), match["way"], match["name"]


def _combine(number: int, ways: dict[int, dict[str, tuple[str, Script]]]) -> Migration:
    if number not in ways:
        raise MigrationFilesError(f"Migration {number:04} is missing: number them from 0001 without a gap.")
    found = ways[number]
    if set(found) != {"up", "down"} or found["up"][0] != found["down"][0]:
        names = ", ".join(f"{title(number, name)}.{way}.sql" for way, (name, _) in sorted(found.items()))
        raise MigrationFilesError(f"A migration needs an up and a down file with the same name; found {names}.")
    return Migration(number, found["up"][0], found["up"][1], found["down"][1])


def _has_code(part: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("--") for line in part.split("\n"))
