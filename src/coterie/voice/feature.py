"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.voice.limits import SIGNALS, VOICE
from coterie.voice.routes import ROUTES

FEATURE: Final = Feature(name="voice", routes=ROUTES, limits=(VOICE, SIGNALS))
