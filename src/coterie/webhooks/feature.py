"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, Trace, declared
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys
from coterie.webhooks import audit_actions, collection, errors, limits, traces
from coterie.webhooks.actions import opened
from coterie.webhooks.routes import ROUTES

FEATURE: Final = Feature(
    name="webhooks",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
    services={"webhooks": opened},
    traces=declared(traces, Trace),
)
