"""What this package declares of itself."""

from typing import Final

from coterie.emojis.routes import PICTURES, ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="emojis", routes=ROUTES, root_routes=PICTURES)
