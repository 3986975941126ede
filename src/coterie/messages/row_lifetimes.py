"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import RowLifetime
from coterie.messages.forgetting import MENTIONS_KEPT, TURNS_KEPT, forget_mentions, forget_turns

MENTIONS: Final = RowLifetime("mentions", MENTIONS_KEPT, forget_mentions)
TURNS: Final = RowLifetime("slow_mode_sends", TURNS_KEPT, forget_turns)
