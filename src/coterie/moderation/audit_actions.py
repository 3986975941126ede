"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

MEMBER_KICK: Final = AuditAction("member_kick", "user")
MEMBER_BAN: Final = AuditAction("member_ban", "user")
MEMBER_UNBAN: Final = AuditAction("member_unban", "user")
MEMBER_TIMEOUT: Final = AuditAction("member_timeout", "user")
MEMBER_TIMEOUT_REMOVE: Final = AuditAction("member_timeout_remove", "user")
MEMBER_MESSAGES_RESTORE: Final = AuditAction("member_messages_restore", "user")
