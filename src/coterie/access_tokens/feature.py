"""What this package declares of itself."""

from typing import Final

from coterie.access_tokens import errors
from coterie.access_tokens.routes import ROUTES
from coterie.errors import Entry
from coterie.feature import Feature, declared

FEATURE: Final = Feature(name="access_tokens", routes=ROUTES, errors=declared(errors, Entry))
