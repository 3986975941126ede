"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.roles.routes import ROUTES

FEATURE: Final = Feature(name="roles", routes=ROUTES)
