"""Channels as clients receive them."""

from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.naming import clean_names
from coterie.permissions.models import ChannelType, OverrideSetting

CHANNEL_LIMIT: Final = 500
"""Channels per server."""

OVERRIDE_LIMIT: Final = 250
"""Overrides of one channel."""

SERVER_OVERRIDE_LIMIT: Final = 5_000
"""Overrides of all channels of a server, which each process holds and each client is sent."""

ChannelName = Annotated[str, Meta(min_length=1, max_length=100)]
ChannelTopic = Annotated[str, Meta(max_length=1024)]
Category = Annotated[str, Meta(min_length=1, max_length=100)]
Position = Annotated[int, Meta(ge=0, le=1_000_000)]
SlowMode = Annotated[int, Meta(ge=0, le=21_600)]
RetentionOverride = Annotated[int, Meta(ge=0, le=3650)]
UserLimit = Annotated[int, Meta(ge=1, le=99)]


class ChannelCreation(Struct, frozen=True):
    """`overrides` apply from the beginning: members from whom they hide the channel never receive it."""

    name: ChannelName
    type: ChannelType
    topic: ChannelTopic | None = None
    category: Category | None = None
    user_limit: UserLimit | None = None
    slow_mode_seconds: SlowMode = 0
    overrides: Annotated[list[OverrideSetting], Meta(max_length=OVERRIDE_LIMIT)] = []

    def __post_init__(self) -> None:
        clean_names(self, "name", "category")


class ChannelChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it."""

    name: ChannelName | UnsetType = UNSET
    topic: ChannelTopic | None | UnsetType = UNSET
    category: Category | None | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    user_limit: UserLimit | None | UnsetType = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET
    retention_days: RetentionOverride | None | UnsetType = UNSET
    on_hold: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "name", "category")


class ChannelMove(Struct, frozen=True, forbid_unknown_fields=True):
    """A channel's new place. A missing field keeps its value; null as `category` removes it from its category."""

    id: UUID
    position: Position | UnsetType = UNSET
    category: Category | None | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "category")


class ChannelMoves(Struct, frozen=True, forbid_unknown_fields=True):
    """Every channel that gets a new place, each once."""

    channels: Annotated[list[ChannelMove], Meta(min_length=1, max_length=CHANNEL_LIMIT)]
