"""What this package declares of itself."""

from typing import Final

from coterie.avatars.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="avatars", routes=ROUTES)
