"""What this package declares of itself."""

from typing import Final

from coterie.audit.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="audit", routes=ROUTES)
