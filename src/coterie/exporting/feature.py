"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.exporting import errors
from coterie.exporting.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="exporting", routes=ROUTES, errors=entries(errors))
