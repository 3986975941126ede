"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

SERVER_EXPORT: Final = AuditAction("server_export", "server")
