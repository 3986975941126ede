"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.polls import errors
from coterie.polls.routes import ROUTES

FEATURE: Final = Feature(name="polls", routes=ROUTES, errors=entries(errors))
