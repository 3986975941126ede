"""Invites as they go over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct


class ServerInvite(Struct, frozen=True):
    """An invite; without `max_uses` or `expires_at` it has no such limit."""

    id: UUID
    server_id: UUID
    code: str
    created_by: UUID | None
    max_uses: int | None
    uses: int
    expires_at: datetime | None
    created_at: datetime

    def stands(self, now: datetime, *, is_counted: bool = False) -> bool:
        """Whether a user can still join with it; `is_counted` says that their use is counted already."""
        return (is_counted or not self.is_used_up) and not self.has_expired(now)

    @property
    def is_used_up(self) -> bool:
        return self.max_uses is not None and self.uses >= self.max_uses

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class InviteCreation(Struct, frozen=True, forbid_unknown_fields=True):
    max_uses: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    expires_in_hours: Annotated[int, Meta(ge=1, le=720)] | None = None


class InvitePreview(Struct, frozen=True):
    """What a user with the code can see of the server before they join."""

    code: str
    server_name: str
    server_icon_url: str | None
    member_count: int
    expires_at: datetime | None


class InvitePage(InvitePreview, frozen=True, kw_only=True):
    """What the page of an invite shows to visitors, who need no account.

    `inviter_name` is null if the account was deleted. `online_count` leaves out members who appear offline.
    """

    server_description: str | None
    online_count: int
    inviter_name: str | None


class Accepted(Struct, frozen=True):
    message: str
    server_id: UUID
