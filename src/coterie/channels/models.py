"""Channels as clients receive them."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.naming import clean_names
from coterie.rights.models import ChannelType

ChannelName = Annotated[str, Meta(min_length=1, max_length=100)]
ChannelTopic = Annotated[str, Meta(max_length=1024)]
Category = Annotated[str, Meta(min_length=1, max_length=100)]
Position = Annotated[int, Meta(ge=0, le=1_000_000)]
SlowMode = Annotated[int, Meta(ge=0, le=21_600)]
UserLimit = Annotated[int, Meta(ge=1, le=99)]


class ChannelCreation(Struct, frozen=True):
    name: ChannelName
    type: ChannelType
    topic: ChannelTopic | None = None
    category: Category | None = None
    user_limit: UserLimit | None = None
    slow_mode_seconds: SlowMode = 0

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

    def __post_init__(self) -> None:
        clean_names(self, "name", "category")
