"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

WEBHOOK_CREATE: Final = AuditAction("webhook_create", "webhook")
WEBHOOK_UPDATE: Final = AuditAction("webhook_update", "webhook")
WEBHOOK_DELETE: Final = AuditAction("webhook_delete", "webhook")
WEBHOOK_DISABLE: Final = AuditAction("webhook_disable", "webhook")
