"""People, servers, settings and figures of the instance, as its administrators see them."""

from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from coterie.accounts.models import RegistrationModeName, Status

SortBy: TypeAlias = Literal["username", "created_at", "message_count"]


class AdminStats(Struct, frozen=True):
    """Counts of the instance, at most 10 seconds old. `total_messages` is estimated from 10,000 on."""

    total_users: int
    total_servers: int
    total_messages: int
    total_channels: int
    active_ws_connections: int
    uptime_secs: int | None
    db_latency_ms: int
    storage_bytes: int


class InstanceSettings(Struct, frozen=True):
    """Who can register, and who changed the settings last; null if nobody did, or on the command line."""

    id: int
    registration_mode: RegistrationModeName
    updated_at: datetime
    updated_by: UUID | None


class SettingsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A missing field keeps its value."""

    registration_mode: RegistrationModeName | UnsetType = UNSET


class AdminUser(Struct, frozen=True):
    """An account. `message_count` is what it sent in the periods of the last 400 days, as its usage counts them.

    `session_count` are the devices where it is logged in, and `last_seen_at` when it was last connected.
    """

    id: UUID
    username: str
    display_name: str | None
    email: str | None
    avatar_url: str | None
    status: Status
    is_admin: bool
    is_bot: bool
    disabled: bool
    disabled_at: datetime | None
    created_at: datetime
    last_seen_at: datetime | None
    server_count: int
    message_count: int
    session_count: int


class AdminServer(Struct, frozen=True):
    """A server. `message_count` is at most 10,000, which means that many or more."""

    id: UUID
    name: str
    owner_id: UUID
    owner_username: str
    icon_url: str | None
    is_public: bool
    member_count: int
    channel_count: int
    message_count: int
    created_at: datetime


class AdminUserPage(Struct, frozen=True):
    users: list[AdminUser]
    total: int
    page: int
    per_page: int


class AdminServerPage(Struct, frozen=True):
    servers: list[AdminServer]
    total: int
    page: int
    per_page: int


class StandingChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A missing field keeps its value."""

    is_admin: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class DayFigures(Struct, frozen=True):
    """What a day, in UTC, brought: new accounts, new servers, and messages, deleted ones included.

    `messages` is null for a day of which not all are counted.
    """

    day: date
    users: int
    servers: int
    messages: int | None


class ServerStorage(Struct, frozen=True):
    """The files in a server's messages."""

    server_id: UUID
    name: str
    bytes: int


class ChannelStorage(Struct, frozen=True):
    """The files in a channel's messages."""

    channel_id: UUID
    name: str
    server_name: str
    bytes: int


class Statistics(Struct, frozen=True):
    """The last 30 days, who is active, and where the storage goes. At most five minutes old, as `counted_at` says.

    Active are the people who were connected in the last day, 7 and 30 days. Storage is of the files in messages:
    `largest_servers` and `largest_channels` are the 20 largest of each, `conversation_bytes` is all conversations
    together. `is_partial` says that only the newest attachments were added up.
    """

    counted_at: datetime
    days: list[DayFigures]
    active_day: int
    active_week: int
    active_month: int
    largest_servers: list[ServerStorage]
    largest_channels: list[ChannelStorage]
    conversation_bytes: int
    is_partial: bool
