"""Channels as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

ChannelName = Annotated[str, Meta(min_length=1, max_length=100)]
ChannelTopic = Annotated[str, Meta(max_length=1024)]
Category = Annotated[str, Meta(min_length=1, max_length=100)]
Position = Annotated[int, Meta(ge=0, le=1_000_000)]
ChannelType = Literal["text", "voice"]
SlowMode = Annotated[int, Meta(ge=0, le=21_600)]
UserLimit = Annotated[int, Meta(ge=1, le=99)]


class Channel(Struct, frozen=True):
    """A channel of a server; `position` orders it among the server's channels, `user_limit` is for a voice channel.

    In slow mode members wait `slow_mode_seconds` between two messages; 0 is none, and six hours are the most.
    """

    id: UUID
    server_id: UUID
    name: str
    type: ChannelType
    position: int
    category: str | None
    topic: str | None
    created_at: datetime
    user_limit: int | None = None
    slow_mode_seconds: int = 0


class Place(Struct, frozen=True):
    """Where messages stand: a server's channel, or a conversation (which has no server)."""

    id: UUID
    server_id: UUID | None
    type: ChannelType


class ChannelCreation(Struct, frozen=True):
    name: ChannelName
    type: ChannelType
    topic: ChannelTopic | None = None
    category: Category | None = None
    user_limit: UserLimit | None = None
    slow_mode_seconds: SlowMode = 0


class ChannelChange(Struct, frozen=True):
    """A missing field keeps its value; null clears it."""

    name: ChannelName | UnsetType = UNSET
    topic: ChannelTopic | None | UnsetType = UNSET
    category: Category | None | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    user_limit: UserLimit | None | UnsetType = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET
