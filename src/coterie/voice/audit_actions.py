"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

MEMBER_VOICE_UPDATE: Final = AuditAction("member_voice_update", "user")
MEMBER_VOICE_DISCONNECT: Final = AuditAction("member_voice_disconnect", "user")
