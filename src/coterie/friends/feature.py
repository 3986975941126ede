"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.friends import errors, limits
from coterie.friends.routes import ROUTES
from coterie.http.rate_limits import Limit

FEATURE: Final = Feature(
    name="friends",
    routes=ROUTES,
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
)
