"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, Trace, declared
from coterie.permissions.keys import CollectionKeys
from coterie.roles import audit_actions, collection, errors, traces
from coterie.roles.routes import ROUTES

FEATURE: Final = Feature(
    name="roles",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    keys=declared(collection, CollectionKeys),
    traces=declared(traces, Trace),
)
