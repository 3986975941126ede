"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.notifications.routes import ROUTES

FEATURE: Final = Feature(name="notifications", routes=ROUTES)
