"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.polls.routes import ROUTES

FEATURE: Final = Feature(name="polls", routes=ROUTES)
