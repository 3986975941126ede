"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.moderation import errors
from coterie.moderation.routes import ROUTES

FEATURE: Final = Feature(name="moderation", routes=ROUTES, errors=entries(errors))
