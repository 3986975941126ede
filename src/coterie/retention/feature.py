"""What this package declares of itself."""

from typing import Final

from coterie.feature import AuditAction, Feature, declared
from coterie.retention import audit_actions
from coterie.retention.expiring import repeats
from coterie.retention.routes import ROUTES

FEATURE: Final = Feature(name="retention", routes=ROUTES, audit=declared(audit_actions, AuditAction), repeats=repeats)
