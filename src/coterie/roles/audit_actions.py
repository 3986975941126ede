"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

ROLE_CREATE: Final = AuditAction("role_create", "role")
ROLE_UPDATE: Final = AuditAction("role_update", "role")
ROLE_DELETE: Final = AuditAction("role_delete", "role")
MEMBER_ROLE_ADD: Final = AuditAction("member_role_add", "user")
MEMBER_ROLE_REMOVE: Final = AuditAction("member_role_remove", "user")
CHANNEL_OVERRIDE_DELETE: Final = AuditAction("channel_override_delete", "channel")
