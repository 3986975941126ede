"""What this package declares of itself."""

from typing import Final

from coterie.conversations.limits import CONVERSATIONS
from coterie.conversations.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="conversations", routes=ROUTES, limits=(CONVERSATIONS,))
