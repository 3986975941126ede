"""Notification levels as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

PlaceKind = Literal["server", "channel", "conversation"]
Level = Literal["all", "mentions", "nothing"]


class NotificationLevel(Struct, frozen=True):
    """What somebody wants to be told of a place; without a level what is set for the place around it.

    Until `muted_until` they want to be told of nothing there.
    """

    place_id: UUID
    kind: PlaceKind
    level: Level | None = None
    muted_until: datetime | None = None

    @property
    def is_set(self) -> bool:
        """Whether it says anything at all."""
        return self.level is not None or self.muted_until is not None


class LevelChoice(Struct, frozen=True):
    """The whole level: what is missing is null. A `muted_until` that has passed mutes nothing."""

    level: Level | None = None
    muted_until: Annotated[datetime, Meta(tz=True)] | None = None
