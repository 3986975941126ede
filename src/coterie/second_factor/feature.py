"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.second_factor import errors
from coterie.second_factor.routes import ROUTES

FEATURE: Final = Feature(name="second_factor", routes=ROUTES, errors=declared(errors, Entry))
