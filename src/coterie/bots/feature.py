"""What this package declares of itself."""

from typing import Final

from coterie.bots import collection, errors, limits
from coterie.bots.routes import ROUTES
from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.http.rate_limits import Limit
from coterie.permissions.keys import CollectionKeys

FEATURE: Final = Feature(
    name="bots",
    routes=ROUTES,
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    keys=declared(collection, CollectionKeys),
)
