"""What this package declares of itself."""

from typing import Final

from coterie.accounts.limits import PASSWORDS
from coterie.accounts.routes import ROUTES
from coterie.feature import Feature

FEATURE: Final = Feature(name="accounts", routes=ROUTES, limits=(PASSWORDS,))
