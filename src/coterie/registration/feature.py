"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.registration import errors
from coterie.registration.routes import ROUTES

FEATURE: Final = Feature(name="registration", routes=ROUTES, errors=declared(errors, Entry))
