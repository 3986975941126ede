"""What can be exported, and by whom. Each subject has one archive at a time."""

from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.exporting import access
from coterie.exporting.audit_actions import SERVER_EXPORT
from coterie.exporting.names import slug

WORK: Final = ("-m", "coterie.exporting.work")


class Subject(Protocol):
    """A server, or an account itself, whose `server_id` is None."""

    @property
    def user_id(self) -> UUID:
        """For whom the archive is made."""

    @property
    def server_id(self) -> UUID | None: ...

    @property
    def address(self) -> str:
        """Where the archive is downloaded, relative to the site's root."""

    @property
    def command(self) -> tuple[str, ...]:
        """Python's arguments to make the archive in a process of its own, without the last one, the archive's id."""

    async def check(self, connection: Connection) -> str:
        """What the archive is named after. Raises NOT_FOUND if it is not theirs to export."""

    async def lock(self, connection: Connection) -> None:
        """Make other starts of this export wait until the transaction ends."""

    async def record(self, connection: Connection) -> None:
        """Record that the export begins."""


@dataclass(frozen=True, slots=True)
class ServerSubject:
    """A server, for its owner. To everybody else it looks as if it did not exist."""

    server_id: UUID
    user_id: UUID

    @property
    def address(self) -> str:
        return f"/api/servers/{self.server_id}/export"

    @property
    def command(self) -> tuple[str, ...]:
        return (*WORK, str(self.server_id), str(self.user_id))

    async def check(self, connection: Connection) -> str:
        return slug((await access.exportable(connection, self.server_id, self.user_id)).name, "server")

    async def lock(self, connection: Connection) -> None:
        await connection.execute("SELECT FROM servers WHERE id = $1 FOR NO KEY UPDATE", self.server_id)

    async def record(self, connection: Connection) -> None:
        await record(connection, AuditEntry(self.server_id, self.user_id, SERVER_EXPORT, self.server_id))
