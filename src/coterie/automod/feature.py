"""What this package declares of itself."""

from typing import Final

from coterie.automod import audit_actions, errors
from coterie.automod.routes import ROUTES
from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, declared

FEATURE: Final = Feature(
    name="automod", routes=ROUTES, audit=declared(audit_actions, AuditAction), errors=declared(errors, Entry)
)
