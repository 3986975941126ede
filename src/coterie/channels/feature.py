"""What this package declares of itself."""

from typing import Final

from coterie.channels.limits import CHANNELS
from coterie.channels.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="channels", routes=ROUTES, limits=(CHANNELS,))
