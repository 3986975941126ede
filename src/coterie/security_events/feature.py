"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature, Life, declared
from coterie.security_events import lives
from coterie.security_events.routes import ROUTES

FEATURE: Final = Feature(name="security_events", routes=ROUTES, lives=declared(lives, Life))
