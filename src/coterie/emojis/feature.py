"""What this package declares of itself."""

from typing import Final

from coterie.emojis import errors
from coterie.emojis.routes import PICTURES, ROUTES
from coterie.errors import entries
from coterie.feature import Feature

FEATURE: Final = Feature(name="emojis", routes=ROUTES, errors=entries(errors), root_routes=PICTURES)
