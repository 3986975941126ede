"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature, Life, declared
from coterie.usage import lives
from coterie.usage.routes import ROUTES

FEATURE: Final = Feature(name="usage", routes=ROUTES, lives=declared(lives, Life))
