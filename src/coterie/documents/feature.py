"""What this package declares of itself."""

from typing import Final

from coterie.documents.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="documents", routes=ROUTES)
