"""Records of files."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from coterie.files import names
from coterie.files.pictures import Picture


class FileRules(Struct, frozen=True):
    """Which files a message can have: the largest file and the largest request in bytes, and how many files.

    `types` lists the accepted media types; it is null if every file is accepted.
    """

    file_limit: int
    upload_limit: int
    files_per_message: int
    types: list[str] | None


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A stored file that nothing refers to yet. `size` is in bytes, without the thumbnail."""

    id: UUID
    filename: str
    mime_type: str
    size: int
    picture: Picture | None


class AttachmentRow(NamedTuple):
    """What the table stores of a message's file."""

    id: UUID
    message_id: UUID
    filename: str
    stored_as: str
    file_size: int
    mime_type: str
    width: int | None
    height: int | None
    thumbnail_size: int | None
    placeholder: str | None
    created_at: datetime
    nonce: str | None
    position: int | None


@dataclass(frozen=True, slots=True)
class FileUpload:
    """A request that adds files to a message. A repeat with the same `nonce` gets the files that it added first."""

    message_id: UUID
    user_id: UUID
    nonce: str | None


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A received file as an attachment of a message; `position` is that of the change that adds it."""

    file: ReceivedFile
    message_id: UUID
    created_at: datetime
    nonce: str | None = None
    position: int | None = None

    @property
    def row(self) -> AttachmentRow:
        file, picture = self.file, self.file.picture
        return AttachmentRow(
            file.id,
            self.message_id,
            file.filename,
            names.stored(file.id, file.filename),
            file.size,
            file.mime_type,
            picture.width if picture else None,
            picture.height if picture else None,
            picture.thumbnail_size if picture else None,
            picture.placeholder if picture else None,
            self.created_at,
            self.nonce,
            self.position,
        )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A message's file as it is served. `thumbnail_size` is in bytes too; None if it has no thumbnail."""

    id: UUID
    filename: str
    file_size: int
    mime_type: str
    thumbnail_size: int | None
