"""Roles and overrides as they go over the wire, and as the log of their server keeps them."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


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
