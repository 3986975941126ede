"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.search import errors
from coterie.search.routes import ROUTES

FEATURE: Final = Feature(name="search", routes=ROUTES, errors=entries(errors))
