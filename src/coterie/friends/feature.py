"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.friends import errors
from coterie.friends.limits import FRIENDS
from coterie.friends.routes import ROUTES

FEATURE: Final = Feature(
    name="friends",
    routes=ROUTES,
    errors=entries(errors),
    limits=(FRIENDS,),
)
