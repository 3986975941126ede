"""Presence as it goes over the wire."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from msgspec import Struct

from coterie.accounts.models import Status


class PresenceUpdate(Struct, frozen=True):
    """How somebody appears to others: offline, and doing nothing, when connected nowhere or invisible."""

    user_id: UUID
    status: Status
    custom_status: str | None
    activity: str | None


class Appearance(PresenceUpdate, frozen=True):
    """A presence that is to be told, to whom, and from which people it is to be kept. The newest version counts."""

    version: int
    audience: list[UUID]
    hidden_from: list[UUID]


class SeenPerson(Struct, frozen=True):
    """How somebody appears to others. `last_seen` of who is there is now, of who never was the time of registering."""

    user_id: UUID
    status: Status
    custom_status: str | None
    activity: str | None
    is_online: bool
    last_seen: datetime


class Why(IntEnum):
    """Why somebody's presence is looked at. The first two are told only if it is another than was told last, the third
    also if not, of those who are there."""

    MOVED = 0
    EDITED = 1
    ASKED = 2


@dataclass(frozen=True, slots=True)
class Look:
    """Whose presence is looked at, and why; `at` is when they left, if they did."""

    user_id: UUID
    why: Why
    at: datetime


class TypingStart(Struct, frozen=True):
    user_id: UUID
    username: str
    channel_id: UUID
    timestamp: datetime
