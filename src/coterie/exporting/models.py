"""An export as it goes over the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct


class Export(Struct, frozen=True):
    """The archive that was asked for last: of a server, or of your account, without `server_id`.

    `progress` goes from 0 to 1; `size` is in bytes. `url` and `expires_at` are null until the state is `ready`: the
    archive is at this address, relative to the site's root, until then. A `failed` export can be started again.
    """

    id: UUID
    server_id: UUID | None
    state: Literal["preparing", "ready", "failed"]
    progress: float
    filename: str
    created_at: datetime
    size: int | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    url: str | None = None


class ExportState(Struct, frozen=True):
    """The last export; null if there is none, or none any more."""

    export: Export | None


class FileToCopy(Struct, frozen=True):
    """A file that belongs into an archive: its id, its path there, and its bytes if the database knows how many."""

    id: UUID
    path: str
    size: int | None = None
