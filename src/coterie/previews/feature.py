"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.http.rate_limits import Limit
from coterie.previews import errors, limits
from coterie.previews.actions import opened
from coterie.previews.routes import ROUTES

FEATURE: Final = Feature(
    name="previews",
    routes=ROUTES,
    errors=declared(errors, Entry),
    limits=declared(limits, Limit),
    services={"previews": opened},
)
