"""Roles and overrides as they go over the wire, and as the server's topic stores them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.log.append import Change
from coterie.naming import clean_names
from coterie.permissions.bits import EVERY

RoleName = Annotated[str, Meta(min_length=1, max_length=100)]
Bits = Annotated[int, Meta(ge=0, le=int(EVERY), description="The sum of permission bits; see docs/permissions.md.")]
Color = Annotated[str, Meta(max_length=32, pattern=r"^[#A-Za-z0-9 ,.()%_-]*$", description="A colour as in CSS.")]
RolePosition = Annotated[int, Meta(ge=0, le=1_000_000)]


class Role(Struct, frozen=True):
    """`permissions` is a sum of bits; a higher `position` outranks a lower one.

    With `hoist`, lists of members show those who are online and have this role under its name. With `auto_assign`,
    people who join get it. A role that was logged before versions 0017 and 0027 of the schema lacks these fields.
    """

    id: UUID
    server_id: UUID
    name: str
    permissions: int
    color: str | None
    position: int
    created_at: datetime
    hoist: bool = False
    auto_assign: bool = False


class Override(Struct, frozen=True, gc=False):
    """What a channel allows or denies to one role, to one member, or (`role_id` is the server's id) to everyone."""

    id: UUID
    channel_id: UUID
    role_id: UUID | None
    user_id: UUID | None
    allow: int
    deny: int

    @property
    def target(self) -> UUID:
        target = self.role_id or self.user_id
        assert target is not None, "an override names one"
        return target

    def removal(self, server_id: UUID) -> Change:
        """The change of the server's topic that removes it, by itself or with its role or channel."""
        gone = {"id": self.id, "channel_id": self.channel_id, "override_id": self.id}
        return Change(server_id, f"overrides/{self.id}", "CHANNEL_OVERRIDE_DELETE", gone, is_removal=True)


class RoleCreation(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a `position` the role comes above the others, as far up as its creator may put it."""

    name: RoleName
    permissions: Bits = 0
    color: Color | None = None
    position: RolePosition | None = None
    hoist: bool = False
    auto_assign: bool = False

    def __post_init__(self) -> None:
        clean_names(self, "name")


class RoleChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A missing field keeps its value; null clears it."""

    name: RoleName | UnsetType = UNSET
    permissions: Bits | UnsetType = UNSET
    color: Color | None | UnsetType = UNSET
    position: RolePosition | UnsetType = UNSET
    hoist: bool | UnsetType = UNSET
    auto_assign: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "name")


class OverrideSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """For either a role (the server's id stands for everyone) or a member; no bit is both allowed and denied."""

    allow: Bits
    deny: Bits
    role_id: UUID | None = None
    user_id: UUID | None = None


class Effective(Struct, frozen=True):
    """What a user may do in a channel; until `timeout_expires_at` they may view and nothing else."""

    channel_id: UUID
    user_id: UUID | None
    role_id: UUID | None
    permissions: int
    timeout_expires_at: datetime | None


ChannelType = Literal["text", "voice"]


class Channel(Struct, frozen=True):
    """A channel of a server; `position` orders the server's channels, `user_limit` is for a voice channel.

    In slow mode members wait `slow_mode_seconds` between two messages; 0 turns it off, six hours is the maximum.
    Messages older than `retention_days` are removed for good: null is what the server says, 0 is never. Nothing is
    removed while the channel is `on_hold`.
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
    retention_days: int | None = None
    on_hold: bool = False


class Place(Struct, frozen=True):
    """Where messages are: a server's channel, or a conversation (which has no server)."""

    id: UUID
    server_id: UUID | None
    type: ChannelType
