"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

MESSAGE_DELETE: Final = AuditAction("message_delete", "message")
MESSAGE_PIN: Final = AuditAction("message_pin", "message")
MESSAGE_UNPIN: Final = AuditAction("message_unpin", "message")
POLL_CLOSE: Final = AuditAction("poll_close", "message")
EVENT_CREATE: Final = AuditAction("event_create", "message")
EVENT_UPDATE: Final = AuditAction("event_update", "message")
EVENT_CANCEL: Final = AuditAction("event_cancel", "message")
