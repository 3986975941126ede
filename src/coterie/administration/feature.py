"""What this package declares of itself."""

from typing import Final

from coterie.administration import errors
from coterie.administration.figures import opened
from coterie.administration.routes import ROUTES
from coterie.errors import Entry
from coterie.feature import Feature, declared

FEATURE: Final = Feature(
    name="administration", routes=ROUTES, errors=declared(errors, Entry), services={"figures": opened}
)
