"""The disks that Coterie uses: of uploaded files, backups and the database, if they are on this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from coterie.settings.record import Settings


class Disk(Struct, frozen=True):
    """The disk of a directory, in bytes."""

    free_bytes: int
    size_bytes: int


def disks(settings: Settings, data_directory: str | None) -> dict[str, Disk]:
    """The disks of uploaded files, backups and the database, if they are on this machine. May block for long."""
    found = {name: disk_of(path) for name, path in _places(settings, data_directory)}
    return {name: disk for name, disk in found.items() if disk is not None}


def _places(settings: Settings, data_directory: str | None) -> Iterator[tuple[str, Path]]:
    if not settings.files_url:
        yield "files", settings.upload_dir
    if settings.backup_directory:
        yield "backups", Path(settings.backup_directory)
    if data_directory:
        yield "database", Path(data_directory)


def disk_of(path: Path) -> Disk | None:
    """For a directory that does not exist yet, the disk on which it will be made."""
    try:
        usage = shutil.disk_usage(next(each for each in (path, *path.absolute().parents) if each.exists()))
    except OSError:
        return None
    return Disk(usage.free, usage.total)
