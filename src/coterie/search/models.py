"""What is found, as it goes over the wire."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class SearchResult(Struct, frozen=True):
    """A message that was found. `highlight` is HTML with nothing but `<mark>` in it; `rank` is the same for all."""

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
    """A page of what was found, newest first.

    `total` counts everything that was asked for, however far the page, but not beyond 1,000; `total_is_exact` says
    whether that is all. `next_cursor` is what to give as `before` for the next page.
    """

    results: list[SearchResult]
    total: int
    total_is_exact: bool
    has_more: bool
    next_cursor: UUID | None
