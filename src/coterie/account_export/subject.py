"""An account as what can be exported: only its owner can do so."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coterie.accounts.access import existing
from coterie.database.connection import Connection
from coterie.exporting.names import slug
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.viewer import Viewer

WORK: Final = ("-m", "coterie.account_export.work")


@dataclass(frozen=True, slots=True)
class AccountSubject:
    """Everything that an account wrote, sent and set, for its owner."""

    viewer: Viewer

    @property
    def user_id(self) -> UUID:
        return self.viewer.user_id

    @property
    def server_id(self) -> None:
        return None

    @property
    def address(self) -> str:
        return "/api/users/@me/export"

    @property
    def command(self) -> tuple[str, ...]:
        return (*WORK, str(self.user_id))

    async def check(self, connection: Connection) -> str:
        return slug((await existing(connection, self.user_id)).username, "account")

    async def lock(self, connection: Connection) -> None:
        await existing(connection, self.user_id, lock=True)

    async def record(self, connection: Connection) -> None:
        event = SecurityEvent("auth.export_requested", self.user_id, session_id=self.viewer.session_id)
        await record(connection, event)
