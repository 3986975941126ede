"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

EMOJI_CREATE: Final = AuditAction("emoji_create", "emoji")
EMOJI_UPDATE: Final = AuditAction("emoji_update", "emoji")
EMOJI_DELETE: Final = AuditAction("emoji_delete", "emoji")
