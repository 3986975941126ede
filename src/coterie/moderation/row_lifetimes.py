"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import RowLifetime
from coterie.moderation.message_removal_queries import forget
from coterie.moderation.message_removals import KEPT

REMOVALS: Final = RowLifetime("message_removals", KEPT, forget)
