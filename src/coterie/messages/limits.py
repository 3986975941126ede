"""How often one account may do what this package offers."""

from typing import Final

from coterie.http.rate_limits import Limit, Rate

MESSAGES: Final = Limit("messages", Rate(5, 120), "sending and editing messages, over all interfaces together")
"""A queue that was written offline is sent at once."""

REACTIONS: Final = Limit("reactions", Rate(5, 60), "adding and removing reactions, voting in polls, answering events")
READINGS: Final = Limit(
    "readings",
    Rate(500, 50_000),
    "topics that are read together, to open the gateway or `/realtime` and for unread counts; to open these, each ten"
    " overrides of the servers count as one more",
)
