"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.webhooks.limits import WEBHOOKS
from coterie.webhooks.routes import ROUTES

FEATURE: Final = Feature(name="webhooks", routes=ROUTES, limits=(WEBHOOKS,))
