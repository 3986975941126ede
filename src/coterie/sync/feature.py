"""What this package declares of itself."""

from typing import Final

from coterie.feature import Feature, declared
from coterie.http.rate_limits import Limit
from coterie.sync import limits

FEATURE: Final = Feature(name="sync", limits=declared(limits, Limit))
