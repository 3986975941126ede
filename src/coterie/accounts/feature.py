"""What this package declares of itself."""

from typing import Final

from coterie.accounts import limits
from coterie.accounts.routes import ROUTES
from coterie.feature import Feature, declared
from coterie.http.rate_limits import Limit

FEATURE: Final = Feature(name="accounts", routes=ROUTES, limits=declared(limits, Limit))
