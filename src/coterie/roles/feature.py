"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.roles import errors
from coterie.roles.routes import ROUTES

FEATURE: Final = Feature(name="roles", routes=ROUTES, errors=entries(errors))
