"""Notification levels as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from coterie.http import moments

PlaceKind = Literal["server", "channel", "conversation"]
Level = Literal["all", "mentions", "nothing"]


class NotificationLevel(Struct, frozen=True):
    """What a user wants to be notified of in a place; without a level, the setting of the enclosing place applies.

    Until `muted_until` they want no notifications from it.
    """

    place_id: UUID
    kind: PlaceKind
    level: Level | None = None
    muted_until: datetime | None = None

    @property
    def is_set(self) -> bool:
        """Whether any of it is set."""
        return self.level is not None or self.muted_until is not None


class LevelChoice(Struct, frozen=True):
    """The whole level: a missing field is null. A `muted_until` that has passed mutes nothing."""

    level: Level | None = None
    muted_until: Annotated[datetime, Meta(tz=True)] | None = None

    def __post_init__(self) -> None:
        moments.check(self.muted_until)
