"""That somebody is writing, or has stopped: fleeting, and bounded for each person and each channel.

A crowd that types in one channel needs only a few of them shown, so of more a second nothing is told; the limits do not
depend on RATE_LIMITS, since they guard those who listen.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie.accounts.models import Viewer
from coterie.community import Community
from coterie.errors import CoterieError
from coterie.limits import Limiter, Rate
from coterie.log.bus import Bus
from coterie.permissions.bits import Permission
from coterie.presence import queries
from coterie.presence.models import TypingStart

OF_ONE: Final = Rate(1 / 3, 2)
"""Of one person in one channel: every three seconds, and once more after a message."""

IN_CHANNEL: Final = Rate(5, 5)


class Typing:
    """Tells others who types, through this process."""

    def __init__(self, community: Community, bus: Bus) -> None:
        self._community: Final = community
        self._bus: Final = bus
        self._of_one: Final = Limiter(OF_ONE)
        self._in_channel: Final = Limiter(IN_CHANNEL)

    async def say(self, viewer: Viewer, channel_id: UUID, *, is_typing: bool) -> None:
        """Tell those who may view a channel or conversation, unless the viewer is invisible.

        NOT_FOUND unless they may view it, MISSING_PERMISSION unless they may send messages there.
        """
        community = self._community
        seen = await community.rights.in_channel(community.database, channel_id, viewer.user_id)
        seen.check(Permission.SEND_MESSAGES)
        if not await queries.is_invisible(community.database, viewer.user_id):
            self.tell(viewer, channel_id, "TYPING_START" if is_typing else "TYPING_STOP")

    def tell(self, viewer: Viewer, channel_id: UUID, type: str = "TYPING_START") -> None:
        """Tell it of a viewer who may and is not invisible; one too many is dropped."""
        with suppress(CoterieError):
            self._of_one.check(f"{type} {viewer.user_id} {channel_id}")
            self._in_channel.check(str(channel_id))
            said = TypingStart(viewer.user_id, viewer.username, channel_id, datetime.now(UTC))
            told = {"type": type, "audience": [channel_id], "data": said}
            self._bus.publish(msgspec.json.encode(told).decode())
