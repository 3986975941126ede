"""Signals that a user is typing, or has stopped: transient, and limited for each user and each channel.

If a crowd types in one channel, clients need to show only a few of them, so signals above the limit are dropped. The
limits do not depend on RATE_LIMITS, since they protect the recipients.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from coterie.errors import CoterieError
from coterie.http.rate_limits import Limiter, Rate
from coterie.log.bus import Bus
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.presence import queries
from coterie.presence.models import TypingStart
from coterie.viewer import Viewer

OF_ONE: Final = Rate(1 / 3, 2)
"""For one user in one channel: every three seconds, and once more after a message."""

IN_CHANNEL: Final = Rate(5, 5)


class Typing:
    """Sends the typing signals of this process's users."""

    def __init__(self, context: ActionContext, bus: Bus) -> None:
        self._context: Final = context
        self._bus: Final = bus
        self._of_one: Final = Limiter(OF_ONE)
        self._in_channel: Final = Limiter(IN_CHANNEL)

    async def check_and_send(self, viewer: Viewer, channel_id: UUID, *, is_typing: bool) -> None:
        """Send it to everyone who may view the channel or conversation, unless the viewer is invisible.

        NOT_FOUND unless they may view it, MISSING_PERMISSION unless they may send messages there.
        """
        context = self._context
        authority = await context.permissions.in_channel(context.database, channel_id, viewer.user_id)
        authority.check(Permission.SEND_MESSAGES)
        if not await queries.is_invisible(context.database, viewer.user_id):
            self.send(viewer, channel_id, "TYPING_START" if is_typing else "TYPING_STOP")

    def send(self, viewer: Viewer, channel_id: UUID, type: str = "TYPING_START") -> None:
        """Send it for a viewer whose right was checked and who is not invisible; dropped above the limit."""
        with suppress(CoterieError):
            self._of_one.check(f"{type} {viewer.user_id} {channel_id}")
            self._in_channel.check(str(channel_id))
            start = TypingStart(viewer.user_id, viewer.username, channel_id, datetime.now(UTC))
            event = {"type": type, "audience": [channel_id], "data": start}
            self._bus.publish(msgspec.json.encode(event).decode())
