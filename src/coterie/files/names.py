"""What a file is called: the name that people see, the one in its address, and the one in its answer's header."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote
from uuid import UUID

NAME_LENGTH: Final = 255
STORED_LENGTH: Final = 128

# What turns the direction of writing around would let `annexe.txt` look like something else.
DIRECTIONS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UNUSUAL: Final = re.compile(r"[^\w.-]")
UNQUOTABLE: Final = re.compile(r"[\x00-\x1f\x7f/\\]")


def shown(given: str | None) -> str:
    """The name as its sender gave it, without what cannot be shown or would mislead; `file` if nothing is left."""
    kept = "".join("_" if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in given or "")
    return DIRECTIONS.sub("", kept).strip()[:NAME_LENGTH] or "file"


def stored(file_id: UUID, filename: str) -> str:
    """The last part of a file's address: letters and digits of any script, dots, hyphens and underscores."""
    return f"{file_id.hex}_{UNUSUAL.sub('_', filename)[:STORED_LENGTH]}"


def content_disposition(kind: str, filename: str) -> str:
    """The header of RFC 6266: the name in ASCII for old clients, and as RFC 8187 writes it for all others."""
    name = UNQUOTABLE.sub("_", filename)
    ascii_name = name.replace('"', "'").encode("ascii", "replace").decode().replace("?", "_")
    extended = "" if name == ascii_name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{ascii_name}"{extended}'
