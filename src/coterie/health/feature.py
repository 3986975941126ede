"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.health.routes import ADMIN_ROUTES, ROUTES

FEATURE: Final = Feature(name="health", routes=[*ROUTES, *ADMIN_ROUTES], root_routes=ROUTES)
