"""What this package declares of itself."""

from typing import Final

from coterie.errors import Entry
from coterie.feature import Feature, declared
from coterie.gifs import errors
from coterie.gifs.actions import opened
from coterie.gifs.routes import ROUTES

FEATURE: Final = Feature(name="gifs", routes=ROUTES, errors=declared(errors, Entry), services={"gifs": opened})
