"""What this package declares of itself."""

from typing import Final

from coterie.channels import errors
from coterie.channels.limits import CHANNELS
from coterie.channels.routes import ROUTES
from coterie.errors import entries
from coterie.feature import Feature

FEATURE: Final = Feature(name="channels", routes=ROUTES, errors=entries(errors), limits=(CHANNELS,))
