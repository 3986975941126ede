"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.friends.limits import FRIENDS
from coterie.friends.routes import ROUTES

FEATURE: Final = Feature(name="friends", routes=ROUTES, limits=(FRIENDS,))
