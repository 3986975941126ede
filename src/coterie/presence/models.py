"""Presence as it goes over the wire."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from coterie.accounts.models import Status


class PresenceUpdate(Struct, frozen=True):
    """How somebody appears to others: offline when connected nowhere or invisible."""

    user_id: UUID
    status: Status
    custom_status: str | None
    activity: str | None


class Appearance(PresenceUpdate, frozen=True):
    """A presence, and the servers in which it is seen."""

    servers: list[UUID]


class TypingStart(Struct, frozen=True):
    user_id: UUID
    username: str
    channel_id: UUID
    timestamp: datetime
