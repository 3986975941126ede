"""How long the rows of this package live that nobody deletes."""

from typing import Final

from coterie.feature import Life
from coterie.messages.forgetting import MENTIONS_KEPT, TURNS_KEPT, forget_mentions, forget_turns

MENTIONS: Final = Life("mentions", MENTIONS_KEPT, forget_mentions)
TURNS: Final = Life("slow_mode_sends", TURNS_KEPT, forget_turns)
