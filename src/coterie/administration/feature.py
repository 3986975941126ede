"""What this package declares of itself."""

from typing import Final

from coterie.administration import errors
from coterie.administration.routes import ROUTES
from coterie.errors import entries
from coterie.feature import Feature

FEATURE: Final = Feature(name="administration", routes=ROUTES, errors=entries(errors))
