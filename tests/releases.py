"""Other releases than this one: a database as the one before the first left it, and a program with more migrations."""

import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import coterie
from coterie.database.connection import OneConnection
from coterie.database.migration_files import Migration, load
from coterie.database.squashed import squashed


async def note_squashed(connection: OneConnection, count: int | None = None) -> None:
    """Make a database of this schema look as if the migrations before the first release had made it."""
    await connection.execute("DELETE FROM schema_migrations")
    await connection.executemany(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
        [(int(title[:4]), title[5:], checksum) for title, checksum in squashed()[:count]],
    )


@dataclass(frozen=True, slots=True)
class Release:
    """A copy of the program with migrations of its own, to be run with `path` as PYTHONPATH."""

    path: Path

    @classmethod
    def make(cls, path: Path) -> "Release":
        """A release without differences yet."""
        package = path / "coterie"
        package.mkdir(parents=True)
        for entry in Path(coterie.__file__).parent.iterdir():
            if entry.name not in {"migrations", "__pycache__"}:
                (package / entry.name).symlink_to(entry)
        shutil.copytree(Path(str(resources.files("coterie.migrations"))), package / "migrations")
        return cls(path)

    @property
    def migrations(self) -> Path:
        return self.path / "coterie" / "migrations"

    def add(self, name: str, up: str, down: str) -> Migration:
        """One more migration."""
        stem = f"{len(load(self.migrations)) + 1:04}_{name}"
        (self.migrations / f"{stem}.up.sql").write_text(up)
        (self.migrations / f"{stem}.down.sql").write_text(down)
        return load(self.migrations)[-1]
