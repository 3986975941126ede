"""Roles and overrides as they go over the wire, and as the log of their server keeps them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.log.append import Change

RoleName = Annotated[str, Meta(min_length=1, max_length=100)]
Bits = Annotated[int, Meta(ge=0, le=32767, description="A sum of permissions; see docs/permissions.md.")]
Color = Annotated[str, Meta(max_length=32, pattern=r"^[#A-Za-z0-9 ,.()%_-]*$", description="As CSS writes colours.")]
RolePosition = Annotated[int, Meta(ge=0, le=1_000_000)]


class Role(Struct, frozen=True):
    """`permissions` is a sum of bits; a higher `position` outranks a lower one."""

    id: UUID
    server_id: UUID
    name: str
    permissions: int
    color: str | None
    position: int
    created_at: datetime


class Override(Struct, frozen=True):
    """What a channel allows or denies to one role, to one member, or (`role_id` is the server's id) to everybody."""

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
        """That it is gone, by itself or with its role or channel: a change of its server."""
        gone = {"id": self.id, "channel_id": self.channel_id, "override_id": self.id}
        return Change(server_id, f"overrides/{self.id}", "CHANNEL_OVERRIDE_DELETE", gone, is_removal=True)


class RoleCreation(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a `position` the role comes above the others, as far as its maker may put it."""

    name: RoleName
    permissions: Bits = 0
    color: Color | None = None
    position: RolePosition | None = None


class RoleChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A missing field keeps its value; null clears it."""

    name: RoleName | UnsetType = UNSET
    permissions: Bits | UnsetType = UNSET
    color: Color | None | UnsetType = UNSET
    position: RolePosition | UnsetType = UNSET


class OverrideSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """For either a role (the server's id stands for everybody) or a member; no bit is both allowed and denied."""

    allow: Bits
    deny: Bits
    role_id: UUID | None = None
    user_id: UUID | None = None


class Effective(Struct, frozen=True):
    """What somebody may in a channel; while `timeout_expires_at` is to come, they may view and nothing else."""

    channel_id: UUID
    user_id: UUID | None
    role_id: UUID | None
    permissions: int
    timeout_expires_at: datetime | None
