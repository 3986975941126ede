"""Kicks, bans and timeouts as they go over the wire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from coterie.accounts.models import NamedUser

Reason = Annotated[str, Meta(max_length=512, pattern="^[^\\u0000]*$")]


class ServerBan(Struct, frozen=True):
    """That a user may not join a server (again)."""

    user_id: UUID
    server_id: UUID
    banned_by: UUID | None
    reason: str | None
    created_at: datetime


class ListedBan(ServerBan, frozen=True):
    """A ban with the banned user and the moderator; the latter is null if that account was deleted.

    `can_restore_messages`: bans of the last week removed messages of this user.
    """

    user: NamedUser
    banned_by_user: NamedUser | None
    can_restore_messages: bool


class Timeout(Struct, frozen=True):
    """Until when a member can only read in a server."""

    user_id: UUID
    server_id: UUID
    expires_at: datetime
    reason: str | None
    created_by: UUID | None
    created_at: datetime


class KickOrder(Struct, frozen=True):
    reason: Reason | None = None


class BanOrder(Struct, frozen=True):
    """`delete_message_hours`: how far back the banned user's messages are removed, up to a week; 0 leaves them."""

    reason: Reason | None = None
    delete_message_hours: Annotated[int, Meta(ge=0, le=168)] = 0


class TimeoutOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """`duration_minutes` is at most 28 days."""

    duration_minutes: Annotated[int, Meta(ge=1, le=40320)]
    reason: Reason | None = None


class Restored(Struct, frozen=True):
    """How many messages come back; those that are not back yet follow soon."""

    messages: int


@dataclass(frozen=True, slots=True)
class BanPage:
    """Up to `limit` bans: the newest after that of a user, or those of users whose name begins with `name`."""

    limit: int
    after: UUID | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Against:
    """Who acts on whom, and in which server."""

    server_id: UUID
    actor_id: UUID
    target_id: UUID
