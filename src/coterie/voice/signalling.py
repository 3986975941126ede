"""What browsers say to each other to connect: passed on between two who are in the same voice channel, and not kept.

It has no meaning here and never touches the log. Who sends too much of it is not heard; nobody is told, as the contract
has it.
"""

from typing import Final
from uuid import UUID

import msgspec

from coterie.accounts.models import Viewer
from coterie.errors import CoterieError
from coterie.limits import Limits
from coterie.log.bus import Bus
from coterie.voice.models import Signal, SignalIn
from coterie.voice.rooms import Rooms

decoder: Final = msgspec.json.Decoder(SignalIn)


class Signalling:
    """Passes signals on."""

    def __init__(self, rooms: Rooms, bus: Bus, limits: Limits) -> None:
        self._rooms: Final = rooms
        self._bus: Final = bus
        self._limits: Final = limits

    async def relay(self, viewer: Viewer, raw: msgspec.Raw) -> None:
        """Tell the other one, wherever they are connected; raises ValidationError for what is no signal."""
        signal = decoder.decode(raw)
        if not self._is_allowed(viewer.user_id) or signal.to_user_id == viewer.user_id:
            return
        if await self._rooms.are_together(viewer.user_id, signal.to_user_id):
            self._bus.publish(_payload(viewer.user_id, signal))

    def _is_allowed(self, user_id: UUID) -> bool:
        try:
            self._limits.action("signals", user_id)
        except CoterieError:
            return False
        return True


def _payload(sender: UUID, signal: SignalIn) -> str:
    told = Signal(sender, signal.type, signal.sdp, signal.candidate, signal.stream_type)
    return msgspec.json.encode({"type": "VOICE_SIGNAL", "audience": [signal.to_user_id], "data": told}).decode()
