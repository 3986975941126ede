"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, RowLifetime, Trace, declared
from coterie.http.rate_limits import Limit
from coterie.invites import audit_actions, collection, errors, limits, row_lifetimes, traces
from coterie.invites.routes import ROUTES
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(
    name="invites",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
    traces=declared(traces, Trace),
)
