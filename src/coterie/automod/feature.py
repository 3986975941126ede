"""What this package declares of itself."""

from typing import Final

from coterie.automod import errors
from coterie.automod.routes import ROUTES
from coterie.errors import entries
from coterie.feature import Feature

FEATURE: Final = Feature(name="automod", routes=ROUTES, errors=entries(errors))
