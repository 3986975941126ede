"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature, RowLifetime, declared
from coterie.usage import row_lifetimes
from coterie.usage.routes import ROUTES

FEATURE: Final = Feature(name="usage", routes=ROUTES, row_lifetimes=declared(row_lifetimes, RowLifetime))
