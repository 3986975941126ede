"""Telling others how people appear, inside the transaction that changes it, so that neither happens alone."""

import time
from collections.abc import Sequence
from uuid import UUID

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


async def withdraw(connection: Connection, person: UUID, viewer: UUID) -> None:
    """After a viewer lost the right to know: who was there goes away for them, as if by leaving.

    Without it they would go on showing what they were told last. Nothing is told of who is away anyway, or if the
    viewer is told of their presence still.
    """
    own = (await queries.seen_by(connection, person, [person]))[person]
    shown = (await queries.seen_by(connection, viewer, [person]))[person]
    if own.is_online and not shown.is_online:
        seen = PresenceUpdate(person, shown.status, shown.custom_status, shown.activity)
        told = {"type": "PRESENCE_UPDATE", "key": str(person), "audience": [viewer], "data": seen}
        await notify(connection, [msgspec.json.encode(told).decode()])


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
