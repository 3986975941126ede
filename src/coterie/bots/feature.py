"""What this package declares of itself."""

from typing import Final

from coterie.bots import errors
from coterie.bots.limits import BOTS
from coterie.bots.routes import ROUTES
from coterie.errors import entries
from coterie.feature import Feature

FEATURE: Final = Feature(name="bots", routes=ROUTES, errors=entries(errors), limits=(BOTS,))
