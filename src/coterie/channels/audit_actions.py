"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

CHANNEL_CREATE: Final = AuditAction("channel_create", "channel")
CHANNEL_UPDATE: Final = AuditAction("channel_update", "channel")
CHANNEL_DELETE: Final = AuditAction("channel_delete", "channel")
CHANNEL_OVERRIDE_UPDATE: Final = AuditAction("channel_override_update", "channel")
