"""Telling others how people appear, inside the transaction that changes it, so that neither happens alone."""

import time
from collections.abc import Sequence

import msgspec

from coterie.database.connection import Connection
from coterie.log.bus import notify
from coterie.presence import queries
from coterie.presence.audience import friends_of
from coterie.presence.models import Appearance, Look, PresenceUpdate


async def tell(connection: Connection, looks: Sequence[Look]) -> None:
    """Tell of these people, who must be held, what others were not told yet or are to be told again."""
    version = time.time_ns() // 1000  # grows over the loss of the table, too
    told = await queries.tell(connection, looks, version)
    await notify(connection, [_payload(appearance) for appearance in told])


def _payload(appearance: Appearance) -> str:
    seen = PresenceUpdate(appearance.user_id, appearance.status, appearance.custom_status, appearance.activity)
    return msgspec.json.encode(
        {
            "type": "PRESENCE_UPDATE",
            "key": str(appearance.user_id),
            "position": appearance.version,
            "audience": [*appearance.audience, friends_of(appearance.user_id)],
            "hidden_from": appearance.hidden_from,
            "data": seen,
        }
    ).decode()
