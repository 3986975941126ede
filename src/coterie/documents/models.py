"""Shared documents as clients receive them. Lengths and places are in code points."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

Title = Annotated[str, Meta(min_length=1, max_length=100, pattern="^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$")]
VersionId = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[ -~]+$")]


class Document(Struct, frozen=True):
    """A document as listed in its channel or conversation; its text is at /sync/documents/{id}."""

    id: UUID
    channel_id: UUID
    server_id: UUID | None
    title: str
    created_by: UUID | None
    created_at: datetime
    updated_by: UUID | None
    updated_at: datetime
    is_pinned: bool
    is_archived: bool
    archived_at: datetime | None
    length: int


class DocumentCreation(Struct, frozen=True):
    """A new document; `text` is its initial text."""

    title: Title
    text: str | None = None


class DocumentChange(Struct, frozen=True):
    """A missing field keeps its value."""

    title: Title | UnsetType = UNSET
    is_pinned: bool | UnsetType = UNSET
    is_archived: bool | UnsetType = UNSET


class HistoryEntry(Struct, frozen=True):
    """Consecutive edits of one author. `position`, `version` and `created_at` are those of the newest."""

    position: int
    version: list[str]
    user_id: UUID | None
    created_at: datetime
    deleted: int
    inserted: int
    edits: int


class History(Struct, frozen=True):
    """Newest first."""

    edits: list[HistoryEntry]
    has_more: bool


class TextAt(Struct, frozen=True):
    """The text at a version."""

    version: list[str]
    text: str


class Reversion(Struct, frozen=True):
    """The version to restore."""

    version: VersionId | Annotated[list[VersionId], Meta(min_length=1, max_length=100)]


class Authored(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Who wrote code points `from` up to `to`, and when."""

    start: int
    end: int
    user_id: UUID | None
    created_at: datetime


class Authors(Struct, frozen=True):
    """Who wrote which part of the text at a version."""

    version: list[str]
    ranges: list[Authored]
