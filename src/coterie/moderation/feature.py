"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.moderation.routes import ROUTES

FEATURE: Final = Feature(name="moderation", routes=ROUTES)
