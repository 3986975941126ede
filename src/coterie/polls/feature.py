"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.polls import errors
from coterie.polls.routes import ROUTES

FEATURE: Final = Feature(name="polls", routes=ROUTES, errors=declared(errors, Entry))
