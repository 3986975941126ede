"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.gifs import errors
from coterie.gifs.routes import ROUTES

FEATURE: Final = Feature(name="gifs", routes=ROUTES, errors=entries(errors))
