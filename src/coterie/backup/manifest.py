"""The description of a backup, its first member, and the list of files, its third member."""

from typing import Final

import msgspec

from coterie.backup.archive import ByteFile, ReadMember, open_member
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


class PositionSum(msgspec.Struct, frozen=True):
    """The number of topics, and the sum of their positions; text, since the sum can exceed 64 bits."""

    topics: int
    sum: str


class FileCount(msgspec.Struct, frozen=True):
    """The number of files without thumbnails, and their total bytes with thumbnails."""

    count: int
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All as of one moment, `made_at`. `files` is None in a backup without files; `counts` are rows per table.

    `namespace` is the schema in PostgreSQL's sense, in which the tables are.
    """

    format: int = FORMAT
    id: str
    coterie: str
    made_at: str
    postgresql: int
    dumped_by: int
    schema: Schema
    namespace: str = "public"
    epoch: str
    positions: PositionSum
    counts: dict[str, int]
    files: FileCount | None


class StoredObject(msgspec.Struct, frozen=True):
    """An object in the file storage. Without a size it can be missing: it was being stored or deleted."""

    name: str
    size: int | None

    def line(self) -> bytes:
        return f"{self.name}\t{'-' if self.size is None else self.size}\n".encode()

    @staticmethod
    def of(line: bytes) -> "StoredObject":
        """Raises `DamagedError`."""
        try:
            name, _, size = line.decode().rstrip("\n").partition("\t")
            return StoredObject(name, None if size == "-" else int(size))
        except ValueError as problem:
            raise DamagedError(f"a line of {FILES} is not a name and a size") from problem


def read(file: ByteFile) -> Manifest:
    """The manifest of an open backup. Raises `DamagedError`."""
    return decode(open_member(file, MANIFEST))


def decode(found: ReadMember) -> Manifest:
    try:
        manifest = msgspec.json.decode(found.read(), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise DamagedError(f"{MANIFEST} cannot be read: {problem}") from problem
    if manifest.format != FORMAT:
        raise DamagedError(
            f"it has format {manifest.format}, and this version of Coterie reads {FORMAT}; use a newer version"
        )
    return manifest
