"""What this package declares of itself."""

from typing import Final

from coterie.audit import lives
from coterie.audit.routes import ROUTES
from coterie.feature import Feature, Life, declared

FEATURE: Final = Feature(name="audit", routes=ROUTES, lives=declared(lives, Life))
