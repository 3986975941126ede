"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, declared
from coterie.moderation import audit_actions, errors
from coterie.moderation.routes import ROUTES

FEATURE: Final = Feature(
    name="moderation", routes=ROUTES, audit=declared(audit_actions, AuditAction), errors=declared(errors, Entry)
)
