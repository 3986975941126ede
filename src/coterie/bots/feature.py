"""What this package declares of itself."""

from typing import Final

from coterie.bots.limits import BOTS
from coterie.bots.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="bots", routes=ROUTES, limits=(BOTS,))
