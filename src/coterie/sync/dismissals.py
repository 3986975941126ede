"""What a server's last words to a former member are: that they were kicked or banned, and why."""

from typing import Final
from uuid import UUID

import msgspec

from coterie.log.append import encoded
from coterie.log.event import Event

SENT_AWAY: Final = frozenset({"MEMBER_KICK", "MEMBER_BAN"})


class Removed(msgspec.Struct, frozen=True):
    """Part of the value with which a membership ends: what a moderator did, and why."""

    departure: str | None = None
    reason: str | None = None


def dismissal(event: Event, server: UUID, user: UUID) -> Event | None:
    """Notifies users that they were kicked or banned; None if they left.

    It has no position, since nothing of the server is followed any more; the user's own topic has it too.
    """
    removed = msgspec.json.decode(event.data, type=Removed)
    departure = removed.departure or event.type
    if departure not in SENT_AWAY:
        return None
    data = encoded({"server_id": server, "user_id": user, "reason": removed.reason})
    return Event(None, 0, departure, "", data)
