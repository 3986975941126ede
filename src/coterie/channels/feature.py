"""What this package declares of itself."""

from typing import Final

from coterie.channels import audit_actions, collection, errors, limits
from coterie.channels.routes import ROUTES
from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, declared
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(
    name="channels",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
)
