"""What this package declares of itself."""

from typing import Final

from coterie.documents import errors, limits
from coterie.documents.routes import ROUTES
from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.http.rate_limits import Limit

FEATURE: Final = Feature(
    name="documents",
    routes=ROUTES,
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
)
