"""What this package declares of itself."""

from typing import Final

from coterie.emojis import audit_actions, collection, errors, traces
from coterie.emojis.routes import PICTURES, ROUTES
from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, Trace, declared
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(
    name="emojis",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    root_routes=PICTURES,
    keys=declared(collection, CollectionKeys),
    traces=declared(traces, Trace),
)
