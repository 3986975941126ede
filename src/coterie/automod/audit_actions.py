"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

AUTOMOD_UPDATE: Final = AuditAction("automod_update", "server")
AUTOMOD_WORD_ADD: Final = AuditAction("automod_word_add", "server")
AUTOMOD_WORD_REMOVE: Final = AuditAction("automod_word_remove", "server")
