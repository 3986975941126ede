"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, RowLifetime, declared
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys
from coterie.reports import audit_actions, collection, errors, limits, row_lifetimes
from coterie.reports.routes import ROUTES

FEATURE: Final = Feature(
    name="reports",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
)
