"""Determine what a ZIP archive is by its first entry and the names in its directory; nothing is unpacked.

The directory is at the archive's end, so its last bytes are kept as they arrive. An archive whose directory is larger
than that, such as one of many thousand files, is a plain ZIP. A document with macros is a plain ZIP too, whatever its
name says: office programs run macros only under the names that `names.EXECUTED` replaces.

The library's `zipfile` needs the whole file, and decodes every field of every entry where only names are needed.
"""

import struct
from collections.abc import Iterator
from typing import Final

ZIP: Final = "application/zip"
BEGINNING: Final = b"PK\3\4"
"""Of the first entry. An archive without entries, or with a program in front, is none here."""

TAIL_BYTES: Final = 64 * 1024

# The fields of a ZIP file that are used, from APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16.
FIRST_ENTRY: Final = struct.Struct("<8xH8xI4xHH")
DIRECTORY_ENTRY: Final = struct.Struct("<28xHHH12x")
END: Final = struct.Struct("<12xI6x")
DIRECTORY_BEGINNING: Final = b"PK\1\2"
END_BEGINNING: Final = b"PK\5\6"

OPEN_FORMATS: Final = {
    b"application/epub+zip": "application/epub+zip",
    b"application/vnd.oasis.opendocument.presentation": "application/vnd.oasis.opendocument.presentation",
    b"application/vnd.oasis.opendocument.spreadsheet": "application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.text": "application/vnd.oasis.opendocument.text",
}
"""Their first entry is called `mimetype`, is not compressed, and contains one of these."""

OFFICE_FORMATS: Final = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
"""By the directory of the document, beside this entry."""

OFFICE_ENTRY: Final = b"[Content_Types].xml"
PROGRAMS: Final = (b"vbaproject.bin", b"xl/macrosheets/", b"xl/workbook.bin")
"""What a name contains, in small letters, if a document can run programs or hides them in a binary workbook."""

DOCUMENTS: Final = frozenset({*OPEN_FORMATS.values(), *OFFICE_FORMATS.values()})


class Archive:
    """Keeps what decides the type of an archive as its bytes arrive."""

    def __init__(self, head: bytes) -> None:
        self._open_format: Final = OPEN_FORMATS.get(_declared(head))
        self._tail = b""

    def see(self, chunk: bytes) -> None:
        self._tail = (self._tail + chunk)[-TAIL_BYTES:]

    def mime_type(self) -> str | None:
        """After the last byte; None if the file has no end of an archive."""
        end = self._tail.rfind(END_BEGINNING)
        if end < 0 or len(self._tail) < end + END.size:
            return None
        return self._open_format or _office_format(list(_names(self._tail, end))) or ZIP


def _declared(head: bytes) -> bytes:
    """The content of a first entry called `mimetype` that is not compressed, otherwise nothing."""
    if len(head) < FIRST_ENTRY.size:
        return b""
    compression, size, name_length, extra_length = FIRST_ENTRY.unpack_from(head)
    name_end = FIRST_ENTRY.size + name_length
    if compression or head[FIRST_ENTRY.size : name_end] != b"mimetype":
        return b""
    return head[name_end + extra_length :][:size]


def _names(tail: bytes, end: int) -> Iterator[bytes]:
    """The names of the entries, if the whole directory is in the tail."""
    (size,) = END.unpack_from(tail, end)
    at = end - size
    while 0 <= at <= end - DIRECTORY_ENTRY.size and tail.startswith(DIRECTORY_BEGINNING, at):
        name_length, extra_length, comment_length = DIRECTORY_ENTRY.unpack_from(tail, at)
        name_end = at + DIRECTORY_ENTRY.size + name_length
        yield tail[at + DIRECTORY_ENTRY.size : name_end]
        at = name_end + extra_length + comment_length


def _office_format(names: list[bytes]) -> str | None:
    if OFFICE_ENTRY not in names or any(each in name.lower() for name in names for each in PROGRAMS):
        return None
    found = [kind for start, kind in OFFICE_FORMATS.items() if any(name.startswith(start) for name in names)]
    return found[0] if len(found) == 1 else None
