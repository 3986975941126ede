"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

MESSAGES_EXPIRE: Final = AuditAction("messages_expire", "server")
