"""Search results as they go over the wire."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class SearchResult(Struct, frozen=True):
    """A message that was found. `highlight` is HTML with no tags but `<mark>`; `rank` is the same for all."""

    id: UUID
    channel_id: UUID
    author_id: UUID | None
    author_username: str | None
    content: str
    highlight: str
    created_at: datetime
    rank: float = 1.0
    author_display_name: str | None = None
    author_avatar_url: str | None = None


class SearchResponse(Struct, frozen=True):
    """A page of results, newest or oldest first.

    `total` counts all results, on whichever page, up to 1,000; `total_is_exact` says whether that is all of them.
    `next_cursor` is the value of `before` for the next page.
    """

    results: list[SearchResult]
    total: int
    total_is_exact: bool
    has_more: bool
    next_cursor: UUID | None
