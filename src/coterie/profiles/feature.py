"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature, declared
from coterie.http.rate_limits import Limit
from coterie.profiles import limits
from coterie.profiles.routes import ROUTES

FEATURE: Final = Feature(name="profiles", routes=ROUTES, limits=declared(limits, Limit))
