"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

INVITE_CREATE: Final = AuditAction("invite_create", "invite")
INVITE_REVOKE: Final = AuditAction("invite_revoke", "invite")
