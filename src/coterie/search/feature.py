"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.search import errors
from coterie.search.routes import ROUTES

FEATURE: Final = Feature(name="search", routes=ROUTES, errors=declared(errors, Entry))
