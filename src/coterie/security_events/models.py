"""Security events, as they are recorded and as clients receive them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from msgspec import Raw, Struct

SecurityEventType: TypeAlias = Literal[
    "auth.registered",
    "auth.login",
    "auth.login_failed",
    "auth.login_step_failed",
    "auth.password_refused",
    "auth.setup_code_refused",
    "auth.refresh_repeated",
    "auth.refresh_reused",
    "auth.token_refused",
    "auth.password_changed",
    "auth.second_factor_enabled",
    "auth.second_factor_removed",
    "auth.recovery_codes_made",
    "auth.recovery_code_used",
    "auth.passkey_added",
    "auth.passkey_removed",
    "auth.access_token_created",
    "auth.email_changed",
    "auth.deletion_requested",
    "auth.deletion_cancelled",
    "auth.export_requested",
    "auth.account_deleted",
    "auth.reset_created",
    "auth.reset_used",
    "auth.session_ended",
    "auth.sessions_ended",
    "limit.met",
    "file.infected",
    "bot.created",
    "bot.token_created",
    "bot.revoked",
    "admin.account_created",
    "admin.account_disabled",
    "admin.account_enabled",
    "admin.account_deleted",
    "admin.logged_out",
    "admin.password_set",
    "admin.second_factor_removed",
    "admin.promoted",
    "admin.demoted",
    "admin.registration_mode_set",
    "admin.usage_limit_set",
    "admin.server_deleted",
    "admin.renamed",
]
"""`auth.`, `limit.`, `file.` and `bot.` happen over the network. `admin.` is what an administrator did, who is the
actor, or the operator on the command line of the server."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """An event to record. `actor_id` is set if it was someone other than the account's owner.

    `is_new_device` marks a login on a device that the account did not know; it is not stored.

    `details` are numbers and names of settings: never a secret, nor anything that people wrote.
    """

    type: SecurityEventType
    account_id: UUID | None = None
    actor_id: UUID | None = None
    session_id: UUID | None = None
    details: dict[str, str | int | bool | None] = field(default_factory=dict)
    is_new_device: bool = False


class SecurityEntry(Struct, frozen=True):
    """A recorded event as clients receive it.

    `username` and `actor_username` name the accounts of the ids. `occurrences` is more than 1 for equal failures within
    a minute. `address` is an address, a network or empty, as the operator chose.
    """

    id: UUID
    type: str
    account_id: UUID | None
    username: str | None
    actor_id: UUID | None
    actor_username: str | None
    session_id: UUID | None
    address: str
    occurrences: int
    details: Raw
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SecurityFilter:
    """Which events to return: older than the event `before`, and of this type and account."""

    before: UUID | None = None
    type: str | None = None
    account_id: UUID | None = None
    since: datetime | None = None
