"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import Life
from coterie.moderation.message_removal_queries import forget
from coterie.moderation.message_removals import KEPT

REMOVALS: Final = Life("message_removals", KEPT, forget)
