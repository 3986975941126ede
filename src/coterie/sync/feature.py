"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature
from coterie.sync.limits import REPLAYS

FEATURE: Final = Feature(name="sync", limits=(REPLAYS,))
