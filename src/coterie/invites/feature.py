"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.invites.limits import INVITES
from coterie.invites.routes import ROUTES

FEATURE: Final = Feature(name="invites", routes=ROUTES, limits=(INVITES,))
