"""What this package declares of itself."""

from typing import Final

from coterie.errors import entries
from coterie.feature import Feature
from coterie.voice import errors
from coterie.voice.limits import SIGNALS, VOICE
from coterie.voice.routes import ROUTES

FEATURE: Final = Feature(
    name="voice",
    routes=ROUTES,
    errors=entries(errors),
    limits=(VOICE, SIGNALS),
)
