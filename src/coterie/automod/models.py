"""Automod as it goes over the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from coterie.filtering.models import (
    AutomodAction,
    CapitalsPercent,
    Domains,
    Exempt,
    FileTypes,
    InviteCodes,
    Match,
    MentionLimit,
    NewAccountHours,
    SpamMessages,
    SpamSeconds,
    TimeoutMinutes,
)

Word = Annotated[str, Meta(min_length=1, max_length=100, pattern="^[^\\u0000/]*$")]
"""Without a slash, since the word is a part of an address."""

ActionName = Annotated[str, Meta(pattern="^(delete|timeout|kick|ban)$")]
"""As text, since an unknown action is an invalid value (400) in the wire contract."""


class AutomodChange(Struct, frozen=True):
    """A missing field keeps its value; null turns `mention_limit`, `capitals_percent` and `new_account_hours`
    off.
    """

    enabled: bool | UnsetType = UNSET
    spam_enabled: bool | UnsetType = UNSET
    spam_max_messages: SpamMessages | UnsetType = UNSET
    spam_window_secs: SpamSeconds | UnsetType = UNSET
    spam_action: ActionName | UnsetType = UNSET
    duplicate_enabled: bool | UnsetType = UNSET
    word_filter_enabled: bool | UnsetType = UNSET
    word_filter_action: ActionName | UnsetType = UNSET
    timeout_minutes: TimeoutMinutes | UnsetType = UNSET
    mention_limit: MentionLimit | None | UnsetType = UNSET
    mention_action: ActionName | UnsetType = UNSET
    link_filter_enabled: bool | UnsetType = UNSET
    link_action: ActionName | UnsetType = UNSET
    allowed_domains: Domains | UnsetType = UNSET
    capitals_percent: CapitalsPercent | None | UnsetType = UNSET
    capitals_action: ActionName | UnsetType = UNSET
    exempt_role_ids: Exempt | UnsetType = UNSET
    exempt_channel_ids: Exempt | UnsetType = UNSET
    exempt_moderators: bool | UnsetType = UNSET
    invite_filter_enabled: bool | UnsetType = UNSET
    invite_action: ActionName | UnsetType = UNSET
    allowed_invites: InviteCodes | UnsetType = UNSET
    file_filter_enabled: bool | UnsetType = UNSET
    file_action: ActionName | UnsetType = UNSET
    allowed_file_types: FileTypes | UnsetType = UNSET
    new_account_hours: NewAccountHours | None | UnsetType = UNSET
    new_account_action: ActionName | UnsetType = UNSET


class WordCreation(Struct, frozen=True):
    """What may not be in messages: as a part of any word, only as a whole word, or as a pattern with `*` and `?`."""

    word: Word
    match: Match = "part"


class AutomodWordFilter(Struct, frozen=True):
    """A forbidden word, in lower case."""

    id: UUID
    server_id: UUID
    word: str
    created_by: UUID | None
    created_at: datetime
    match: Match = "part"


class AutomodLog(Struct, frozen=True):
    """What automod did: `username` is that of the author, empty if their account was deleted.

    `message_content` is what was refused.
    """

    id: UUID
    server_id: UUID
    channel_id: UUID | None
    user_id: UUID | None
    username: str
    rule_type: str
    action_taken: AutomodAction
    matched_term: str | None
    message_content: str | None
    created_at: datetime


class TriedMessage(Struct, frozen=True):
    """A message of the last week that the rules would have refused now."""

    message_id: UUID
    channel_id: UUID
    author_id: UUID | None
    content: str
    rule_type: str
    matched_term: str | None
    created_at: datetime


class RuleTrial(Struct, frozen=True):
    """What the rules for texts would have done to the last week's messages.

    `looked_at` counts the messages that were read, `refused` those that a rule forbids by the rule's type; `examples`
    are the newest of them.
    """

    looked_at: int
    refused: dict[str, int]
    examples: list[TriedMessage]
