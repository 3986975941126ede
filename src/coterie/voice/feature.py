"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import AuditAction, Feature, declared
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys
from coterie.voice import audit_actions, collection, errors, limits
from coterie.voice.routes import ROUTES

FEATURE: Final = Feature(
    name="voice",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
)
