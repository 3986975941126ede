"""What this package declares of itself."""

from typing import Final

from coterie.feature import AuditAction, Feature, declared
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys
from coterie.servers import audit_actions, collection, limits
from coterie.servers.routes import ROUTES

FEATURE: Final = Feature(
    name="servers",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
)
