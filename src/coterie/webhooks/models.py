"""Webhooks as they go over the wire."""

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias, get_args
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.naming import clean_names

EventType: TypeAlias = Literal["message.created", "message.updated", "message.deleted", "member.joined", "member.left"]
EVENT_TYPES: Final[tuple[str, ...]] = get_args(EventType)

DisabledReason: TypeAlias = Literal["failing", "creator_left", "secret_lost"]
"""Why the server has switched a webhook off: a day of failures; its creator is no longer a member; the secret cannot be
decrypted, since JWT_SECRET has changed."""

HookName = Annotated[str, Meta(min_length=1, max_length=100)]
HookUrl = Annotated[str, Meta(min_length=1, max_length=2000)]
EventTypes = Annotated[list[EventType], Meta(min_length=1, max_length=32)]


class LoggedWebhook(Struct, frozen=True):
    """A webhook as the log stores it, for its server's administrators; never its secret.

    `delivery_failures` counts rounds of three attempts since the last success. `last_failure` and `last_test_result`
    are `delivered`, `status_<code>`, `timeout`, `unreachable`, `refused` (an address to which this instance sends
    nothing) or `url_invalid`.
    """

    id: UUID
    server_id: UUID
    created_by: UUID | None
    name: str
    url: str
    event_types: list[str]
    enabled: bool
    disabled_reason: str | None
    delivery_failures: int
    last_failure: str | None
    failing_since: datetime | None
    last_tested_at: datetime | None
    last_test_result: str | None
    created_at: datetime
    updated_at: datetime


class Webhook(LoggedWebhook, frozen=True, kw_only=True):
    """A webhook as REST returns it. `last_used_at` is the last success; it changes without an event."""

    last_used_at: datetime | None


class NewWebhook(Struct, frozen=True):
    """A webhook and its secret of 64 hexadecimal digits, which no later answer contains."""

    webhook: Webhook
    secret: str


class WebhookList(Struct, frozen=True):
    webhooks: list[Webhook]


class WebhookCreation(Struct, frozen=True):
    name: HookName
    url: HookUrl
    event_types: EventTypes

    def __post_init__(self) -> None:
        clean_names(self, "name")


class WebhookChange(Struct, frozen=True):
    """A missing field keeps its value. Enabling sends what happens from then on."""

    name: HookName | UnsetType = UNSET
    url: HookUrl | UnsetType = UNSET
    event_types: EventTypes | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        clean_names(self, "name")
