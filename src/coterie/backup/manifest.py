"""What a backup says of itself, in its first member, and the list of files, in its third."""

from typing import IO, Final

import msgspec

from coterie.backup.archive import Found, open_member
from coterie.backup.damage import DamagedError

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.dump"
FILES: Final = "files.tsv"
MISSING: Final = "missing.txt"
FOLDER: Final = "files/"
FORMAT: Final = 1


class Schema(msgspec.Struct, frozen=True):
    """The newest migration."""

    version: int
    name: str


class Positions(msgspec.Struct, frozen=True):
    """How many topics there are, and all their positions together; text, since it may be larger than 64 bits."""

    topics: int
    sum: str


class FileCount(msgspec.Struct, frozen=True):
    """How many files there are, thumbnails aside, and their bytes together, thumbnails included."""

    count: int
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All as of one moment, `made_at`. `files` is None in a backup without files; `counts` are rows by table."""

    format: int = FORMAT
    id: str
    coterie: str
    made_at: str
    postgresql: int
    dumped_by: int
    schema: Schema
    epoch: str
    positions: Positions
    counts: dict[str, int]
    files: FileCount | None


class Listed(msgspec.Struct, frozen=True):
    """One object of the file storage. Without a size it may be missing: it was on its way in or out."""

    name: str
    size: int | None

    def line(self) -> bytes:
        return f"{self.name}\t{'-' if self.size is None else self.size}\n".encode()

    @staticmethod
    def of(line: bytes) -> "Listed":
        name, _, size = line.decode().rstrip("\n").partition("\t")
        return Listed(name, None if size == "-" else int(size))


def read(file: IO[bytes]) -> Manifest:
    """The manifest of an open backup. Raises `DamagedError`."""
    return decode(open_member(file, MANIFEST))


def decode(found: Found) -> Manifest:
    try:
        manifest = msgspec.json.decode(found.read(), type=Manifest)
    except msgspec.MsgspecError as problem:
        raise DamagedError(f"{MANIFEST} cannot be read: {problem}") from problem
    if manifest.format != FORMAT:
        raise DamagedError(f"it is of format {manifest.format}, and this Coterie reads {FORMAT}; use a newer one")
    return manifest
