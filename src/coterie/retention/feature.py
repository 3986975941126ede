"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.retention.routes import ROUTES

FEATURE: Final = Feature(name="retention", routes=ROUTES)
