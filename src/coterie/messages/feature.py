"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.messages.limits import MESSAGES, REACTIONS, READINGS
from coterie.messages.routes import ROUTES

FEATURE: Final = Feature(name="messages", routes=ROUTES, limits=(MESSAGES, REACTIONS, READINGS))
