"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import RowLifetime
from coterie.usage.counting import KEPT
from coterie.usage.queries import forget

USAGE: Final = RowLifetime("usage_tracking", KEPT, forget)
