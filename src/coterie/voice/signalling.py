"""Voice signals: passed on between the browsers of two users in the same voice channel, and not stored.

Coterie does not interpret them, and they never touch the log. Signals above the limit are dropped without an error, as
the contract requires.
"""

from typing import Final
from uuid import UUID

import msgspec

from coterie.errors import CoterieError
from coterie.http.rate_limits import Limits
from coterie.log.bus import Bus
from coterie.viewer import Viewer
from coterie.voice.call_tracker import CallTracker
from coterie.voice.limits import SIGNALS
from coterie.voice.models import Signal, SignalIn

decoder: Final = msgspec.json.Decoder(SignalIn)


class Signalling:
    """Passes voice signals on."""

    def __init__(self, calls: CallTracker, bus: Bus, limits: Limits) -> None:
        self._calls: Final = calls
        self._bus: Final = bus
        self._limits: Final = limits

    async def relay(self, viewer: Viewer, raw: msgspec.Raw) -> None:
        """Send a signal to the other user, wherever they are connected; raises ValidationError if it is invalid."""
        signal = decoder.decode(raw)
        if not self._is_allowed(viewer.user_id) or signal.to_user_id == viewer.user_id:
            return
        if await self._calls.are_together(viewer.user_id, signal.to_user_id):
            self._bus.publish(_payload(viewer.user_id, signal))

    def _is_allowed(self, user_id: UUID) -> bool:
        try:
            self._limits.action(SIGNALS, user_id)
        except CoterieError:
            return False
        return True


def _payload(sender: UUID, signal: SignalIn) -> str:
    data = Signal(sender, signal.type, signal.sdp, signal.candidate, signal.stream_type)
    return msgspec.json.encode({"type": "VOICE_SIGNAL", "audience": [signal.to_user_id], "data": data}).decode()
