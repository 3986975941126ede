"""Custom emoji as they go over the wire."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class CustomEmoji(Struct, frozen=True):
    """An emoji of a server. `url` is under the root of the site; `created_by` is null once that account is gone."""

    id: UUID
    server_id: UUID
    created_by: UUID | None
    name: str
    url: str
    content_type: str
    file_size: int
    created_at: datetime
