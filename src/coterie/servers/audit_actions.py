"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

SERVER_CREATE: Final = AuditAction("server_create", "server")
SERVER_UPDATE: Final = AuditAction("server_update", "server")
SERVER_DELETE: Final = AuditAction("server_delete", "server")
SERVER_TRANSFER: Final = AuditAction("server_transfer", "user")
MEMBER_NICKNAME_UPDATE: Final = AuditAction("member_nickname_update", "user")
