"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.invites import errors
from coterie.invites.limits import INVITES
from coterie.invites.routes import ROUTES

FEATURE: Final = Feature(
    name="invites",
    routes=ROUTES,
    errors=entries(errors),
    limits=(INVITES,),
)
