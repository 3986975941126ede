"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.presence.limits import PRESENCE

FEATURE: Final = Feature(name="presence", limits=(PRESENCE,))
