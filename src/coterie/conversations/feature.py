"""What this package declares of itself."""

from typing import Final

from coterie.conversations import errors
from coterie.conversations.limits import CONVERSATIONS
from coterie.conversations.routes import ROUTES
from coterie.errors import entries
from coterie.feature import Feature

FEATURE: Final = Feature(
    name="conversations",
    routes=ROUTES,
    errors=entries(errors),
    limits=(CONVERSATIONS,),
)
