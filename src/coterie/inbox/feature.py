"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.inbox.routes import ROUTES

FEATURE: Final = Feature(name="inbox", routes=ROUTES)
