"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.usage.routes import ROUTES

FEATURE: Final = Feature(name="usage", routes=ROUTES)
