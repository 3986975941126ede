"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.previews import errors
from coterie.previews.limits import FETCHES
from coterie.previews.routes import ROUTES

FEATURE: Final = Feature(name="previews", routes=ROUTES, errors=entries(errors), limits=(FETCHES,))
