"""Custom emoji as they go over the wire."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

NAME_PATTERN: Final = r"^[a-z0-9_-]{1,32}(?!\n)$"


class EmojiChange(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=NAME_PATTERN)]


class CustomEmoji(Struct, frozen=True):
    """An emoji of a server. `url` is relative to the site's root; `created_by` is null if that account was deleted."""

    id: UUID
    server_id: UUID
    created_by: UUID | None
    name: str
    url: str
    content_type: str
    file_size: int
    created_at: datetime
