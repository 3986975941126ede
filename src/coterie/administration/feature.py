"""What this package declares of itself."""

from typing import Final

from coterie.administration.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="administration", routes=ROUTES)
