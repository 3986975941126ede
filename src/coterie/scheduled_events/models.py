"""Scheduled events as clients send them, and who answered. `messages/models.py` has an event as part of its message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.messages.models import EventAnswer, EventRepeat, Nonce

NAME_BYTES: Final = 200
DESCRIPTION_LENGTH: Final = 2000
PLACE_LENGTH: Final = 200
LIST_LIMIT: Final = 50
"""Events of one list at most."""

WEEK_MINUTES: Final = 7 * 24 * 60
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199

EventName = Annotated[str, Meta(min_length=1, max_length=NAME_BYTES, pattern="^[^\\u0000]*$")]
Description = Annotated[str, Meta(max_length=DESCRIPTION_LENGTH, pattern="^[^\\u0000]*$")]
EventPlace = Annotated[str, Meta(max_length=PLACE_LENGTH, pattern="^[^\\u0000]*$")]
ZoneName = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_+/-]+(?!\\n)$")]
ReminderMinutes = Annotated[int, Meta(ge=0, le=WEEK_MINUTES)]


class EventCreation(Struct, frozen=True):
    """What is announced: a name of at most 200 bytes, and times with their time zones.

    It takes place at `place`, which is a text, or in a voice channel of the server. `time_zone` is the IANA name of the
    zone in which it repeats at the same time of day. A repeated nonce of the same author gets the message that it made
    first.
    """

    name: EventName
    starts_at: datetime
    description: Description | None = None
    ends_at: datetime | None = None
    place: EventPlace | None = None
    voice_channel_id: UUID | None = None
    time_zone: ZoneName = "UTC"
    repeat: EventRepeat | None = None
    reminder_minutes: ReminderMinutes | None = None
    nonce: Nonce | None = None


class EventChange(Struct, frozen=True):
    """What becomes of an event; fields that are missing stay, and null clears."""

    name: EventName | UnsetType = UNSET
    starts_at: datetime | UnsetType = UNSET
    description: Description | None | UnsetType = UNSET
    ends_at: datetime | None | UnsetType = UNSET
    place: EventPlace | None | UnsetType = UNSET
    voice_channel_id: UUID | None | UnsetType = UNSET
    time_zone: ZoneName | UnsetType = UNSET
    repeat: EventRepeat | None | UnsetType = UNSET
    reminder_minutes: ReminderMinutes | None | UnsetType = UNSET


class GivenAnswer(Struct, frozen=True):
    answer: EventAnswer


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Selects a page of the users who gave an answer, ordered by id: those behind a user."""

    answer: EventAnswer
    limit: int
    after: UUID | None = None


class Attendee(Struct, frozen=True):
    """A user who answered, and when."""

    user_id: UUID
    username: str
    avatar_url: str | None
    created_at: datetime
    display_name: str | None = None
