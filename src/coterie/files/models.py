"""Records of files."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.files import names
from coterie.files.pictures import Picture


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


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A received file as an attachment of a message."""

    file: ReceivedFile
    message_id: UUID
    created_at: datetime

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
        )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A message's file as it is served. `thumbnail_size` is in bytes too; None if it has no thumbnail."""

    id: UUID
    filename: str
    file_size: int
    mime_type: str
    thumbnail_size: int | None
