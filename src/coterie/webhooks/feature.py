"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.webhooks import errors
from coterie.webhooks.limits import WEBHOOKS
from coterie.webhooks.routes import ROUTES

FEATURE: Final = Feature(name="webhooks", routes=ROUTES, errors=entries(errors), limits=(WEBHOOKS,))
