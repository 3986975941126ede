"""What this package declares of itself."""

from typing import Final

from coterie.automod import audit_actions, collection, errors, row_lifetimes
from coterie.automod.routes import ROUTES
from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, RowLifetime, declared
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(
    name="automod",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    keys=declared(collection, CollectionKeys),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
)
