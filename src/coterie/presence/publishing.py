"""Sends how users appear to others, in the transaction that changes it, so that neither happens alone."""

import time
from collections.abc import Sequence
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.log.bus import notify
from coterie.presence import queries
from coterie.presence.audience import friends_of
from coterie.presence.models import Appearance, PresenceCheck, PresenceUpdate


async def publish(connection: Connection, checks: Sequence[PresenceCheck]) -> None:
    """Send these users' presence where it is new to others or has to be repeated; the users must be held."""
    version = time.time_ns() // 1000  # grows even if the table is lost
    appearances = await queries.update_appearances(connection, checks, version)
    await notify(connection, [_payload(appearance) for appearance in appearances])


async def withdraw(connection: Connection, person: UUID, viewer: UUID) -> None:
    """After a viewer lost the right to a person's presence: if the person is online, they go offline for the viewer.

    Without it the viewer's client would continue to show what it received last. Nothing is sent if the person is
    offline anyway, or if the viewer still receives their presence.
    """
    own = (await queries.seen_by(connection, person, [person]))[person]
    shown = (await queries.seen_by(connection, viewer, [person]))[person]
    if own.is_online and not shown.is_online:
        seen = PresenceUpdate(person, shown.status, shown.custom_status, shown.activity)
        event = {"type": "PRESENCE_UPDATE", "key": str(person), "audience": [viewer], "data": seen}
        await notify(connection, [msgspec.json.encode(event).decode()])


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
