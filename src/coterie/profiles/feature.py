"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.profiles.limits import PROFILE
from coterie.profiles.routes import ROUTES

FEATURE: Final = Feature(name="profiles", routes=ROUTES, limits=(PROFILE,))
