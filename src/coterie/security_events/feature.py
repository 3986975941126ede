"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature, RowLifetime, declared
from coterie.security_events import row_lifetimes
from coterie.security_events.routes import ROUTES

FEATURE: Final = Feature(name="security_events", routes=ROUTES, row_lifetimes=declared(row_lifetimes, RowLifetime))
