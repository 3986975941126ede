"""What this package declares of itself."""

from typing import Final

from coterie.automod.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="automod", routes=ROUTES)
