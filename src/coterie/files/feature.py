"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.files import errors
from coterie.files.limits import UPLOADS
from coterie.files.routes import ROUTES

FEATURE: Final = Feature(
    name="files",
    routes=ROUTES,
    errors=entries(errors),
    limits=(UPLOADS,),
)
