"""What this package declares of itself."""

from typing import Final

from coterie.audit import row_lifetimes
from coterie.audit.routes import ROUTES
from coterie.feature import Feature, RowLifetime, declared

FEATURE: Final = Feature(name="audit", routes=ROUTES, row_lifetimes=declared(row_lifetimes, RowLifetime))
