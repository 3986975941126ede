"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.http.rate_limits import Limit
from coterie.profiles import errors, limits
from coterie.profiles.routes import ROUTES

FEATURE: Final = Feature(name="profiles", routes=ROUTES, errors=declared(errors, Entry), limits=declared(limits, Limit))
