"""What this package declares of itself."""

from typing import Final

from coterie.account_export.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="account_export", routes=ROUTES)
