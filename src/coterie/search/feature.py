"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.search import errors
from coterie.search.actions import opened
from coterie.search.routes import ROUTES
from coterie.search.upkeep import works

FEATURE: Final = Feature(
    name="search", routes=ROUTES, errors=declared(errors, Entry), services={"search": opened}, works=works
)
