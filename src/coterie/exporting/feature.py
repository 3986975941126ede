"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.exporting import audit_actions, errors
from coterie.exporting.routes import ROUTES
from coterie.feature import AuditAction, Feature, declared

FEATURE: Final = Feature(
    name="exporting", routes=ROUTES, audit=declared(audit_actions, AuditAction), errors=declared(errors, Entry)
)
