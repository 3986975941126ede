"""Names in the archive that every system can unpack: no separators, no endings that run something, not too long."""

import re
import unicodedata
from typing import Final
from uuid import UUID

from coterie.files.names import content_disposition, defused

SLUG_BYTES: Final = 80
NAME_BYTES: Final = 120
"""Systems allow 255 bytes for one part of a path; the ids take up to 48."""

UNUSUAL: Final = re.compile(r"[^\w.-]")


def slug(name: str, default: str) -> str:
    """Small letters; letters, digits and hyphens of any script are kept, everything else becomes an underscore.

    `default` takes the place of a name of which nothing is left.
    """
    plain = unicodedata.normalize("NFC", name).lower()
    kept = "".join(each if each.isalnum() or each == "-" else "_" for each in plain)
    return _cut(kept, SLUG_BYTES) if kept.strip("_") else default


def disposition(filename: str) -> str:
    """The header for an archive of this name; clients of the community expect the short form."""
    return f'attachment; filename="{filename}"' if filename.isascii() else content_disposition("attachment", filename)


def channel_name(name: str, channel_id: UUID) -> str:
    """The name of a channel's files: different also for channels of the same name."""
    return f"{slug(name, 'channel')}-{channel_id}"


def file_name(file_id: UUID, filename: str, mime_type: str) -> str:
    """The name of an attachment: its id, and what people called it."""
    safe = UNUSUAL.sub("_", unicodedata.normalize("NFC", defused(filename, mime_type))).rstrip(".")
    stem, dot, ending = safe.rpartition(".")
    if not stem or len(ending.encode()) > 20:
        return f"{file_id}-{_cut(safe, NAME_BYTES)}"
    return f"{file_id}-{_cut(stem, NAME_BYTES)}{dot}{ending}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
