"""What this package records in the audit log."""

from typing import Final

from coterie.feature import AuditAction

REPORT_RESOLVE: Final = AuditAction("report_resolve", "report")
REPORT_DISMISS: Final = AuditAction("report_dismiss", "report")
REPORT_REOPEN: Final = AuditAction("report_reopen", "report")
REPORT_ESCALATE: Final = AuditAction("report_escalate", "report")
