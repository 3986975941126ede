"""Files that are brought along: read from the source's directory, and taken in as if they were uploaded.

So they are judged by their content, photos lose what was written beside them, and pictures get their thumbnails. What
an account may keep does not count: it kept as much there.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Final

from coterie.database.connection import Database
from coterie.files.receiving import FileLimits, Files
from coterie.files.storage import Storage
from coterie.permissions.rights import Rights
from coterie.settings import Settings
from coterie.usage.counting import Usage

LARGEST: Final = 52_428_800
"""Bytes of the largest file that was ever taken there; the limit here may be lower for new ones."""

CHUNK: Final = 1024 * 1024


class Found:
    """A file of the source's directory, on its way in."""

    def __init__(self, path: Path, filename: str) -> None:
        self.filename: Final = filename
        self._path: Final = path

    @property
    def still_to_come(self) -> int:
        return self._path.stat().st_size

    async def chunks(self) -> AsyncIterator[bytes]:
        file: IO[bytes] = await asyncio.to_thread(self._path.open, "rb")
        try:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
        finally:
            file.close()


def found(directory: Path, name: str) -> Path | str:
    """A file in a directory, or why it cannot be taken. What would lead out of the directory is not there."""
    path = directory / name
    try:
        is_there = bool(name) and path.resolve().is_relative_to(directory.resolve()) and path.is_file()
        return (path if path.stat().st_size else "its file is empty") if is_there else "its file is missing"
    except OSError as problem:
        return f"its file cannot be read: {problem.strerror}"


def files_for(settings: Settings, database: Database) -> Files:
    """What takes files in, without a quota."""
    limit = max(settings.file_limit, LARGEST)
    limits = FileLimits(limit, limit, settings.files_per_message)
    return Files(database, Rights(), Storage(settings.files_url, settings.upload_dir), limits, Usage(database))
