"""Presence as it goes over the wire."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from msgspec import Struct

from coterie.accounts.models import Status


class PresenceUpdate(Struct, frozen=True):
    """How a user appears to others: offline and without activity when not connected, or invisible."""

    user_id: UUID
    status: Status
    custom_status: str | None
    activity: str | None


class Appearance(PresenceUpdate, frozen=True):
    """A presence to send, its audience, and the users it is hidden from. The newest version wins."""

    version: int
    audience: list[UUID]
    hidden_from: list[UUID]


class SeenPerson(Struct, frozen=True):
    """How a user appears to others. `last_seen` is now if they are online, their registration if they never were."""

    user_id: UUID
    status: Status
    custom_status: str | None
    activity: str | None
    is_online: bool
    last_seen: datetime


class CheckReason(IntEnum):
    """Why a user's presence is checked. For the first two it is sent only if it differs from what was sent last, for
    the third also if it does not, unless the user is offline."""

    CONNECTION = 0
    EDITED = 1
    REPEATED = 2


@dataclass(frozen=True, slots=True)
class PresenceCheck:
    """Whose presence is checked, and why; `at` is when they left, if they did."""

    user_id: UUID
    reason: CheckReason
    at: datetime


class TypingStart(Struct, frozen=True):
    user_id: UUID
    username: str
    channel_id: UUID
    timestamp: datetime
