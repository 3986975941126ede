"""What this package declares of itself."""

from typing import Final

from coterie.feature import AuditAction, Feature, RowLifetime, declared
from coterie.http.rate_limits import Limit
from coterie.messages import audit_actions, limits, row_lifetimes
from coterie.messages.routes import ROUTES

FEATURE: Final = Feature(
    name="messages",
    routes=ROUTES,
    audit=declared(audit_actions, AuditAction),
    limits=declared(limits, Limit),
    row_lifetimes=declared(row_lifetimes, RowLifetime),
)
