"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.scheduled_events.keeping import repeats
from coterie.scheduled_events.routes import ROUTES

FEATURE: Final = Feature(name="scheduled_events", routes=ROUTES, repeats=repeats)
