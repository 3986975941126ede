"""The rules of a server's automod, as they go over the wire and as the server's topic stores them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

RuleType: TypeAlias = Literal[
    "word_filter", "duplicate", "spam", "mentions", "links", "invites", "capitals", "files", "new_account"
]
AutomodAction: TypeAlias = Literal["delete", "timeout", "kick", "ban"]
Match: TypeAlias = Literal["part", "whole", "pattern"]

DUPLICATE_SECONDS: Final = 30
"""How long the same text may not be repeated."""

DOMAINS_LIMIT: Final = 100
INVITES_LIMIT: Final = 100
FILE_TYPES_LIMIT: Final = 100
EXEMPTIONS_LIMIT: Final = 100

SpamMessages = Annotated[int, Meta(ge=1, le=50)]
SpamSeconds = Annotated[int, Meta(ge=1, le=60)]
TimeoutMinutes = Annotated[int, Meta(ge=1, le=10080)]
MentionLimit = Annotated[int, Meta(ge=1, le=50)]
CapitalsPercent = Annotated[int, Meta(ge=50, le=100)]
NewAccountHours = Annotated[int, Meta(ge=1, le=720)]
Domain = Annotated[str, Meta(min_length=1, max_length=253, pattern=r"^[^\s\x00/:@]+$")]
InviteCode = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
InviteCodes = Annotated[list[InviteCode], Meta(max_length=INVITES_LIMIT)]
FileType = Annotated[str, Meta(min_length=1, max_length=16, pattern="^[A-Za-z0-9]+$")]
FileTypes = Annotated[list[FileType], Meta(max_length=FILE_TYPES_LIMIT)]
Domains = Annotated[list[Domain], Meta(max_length=DOMAINS_LIMIT)]
Exempt = Annotated[list[UUID], Meta(max_length=EXEMPTIONS_LIMIT)]


class AutomodConfig(Struct, frozen=True):
    """What a server's automod does. `enabled` turns all of it on or off.

    Spam is more than `spam_max_messages` messages of one author in a channel within `spam_window_secs` seconds, a
    duplicate the same text again within 30 seconds. `mention_limit` is how many names a message may mention, and
    `capitals_percent` how much of it may be capital letters; accounts younger than `new_account_hours` may not write.
    Null turns these three off. With `link_filter_enabled` only links to `allowed_domains` and their subdomains are
    allowed, with `invite_filter_enabled` only invite links with one of the codes `allowed_invites`, and with
    `file_filter_enabled` only files whose names end in one of `allowed_file_types`, such as `png`. No rule applies to
    members with one of the roles `exempt_role_ids`, in the channels `exempt_channel_ids`, or with `exempt_moderators`
    to those who may manage messages there.
    """

    server_id: UUID
    enabled: bool
    spam_enabled: bool
    spam_max_messages: int
    spam_window_secs: int
    spam_action: AutomodAction
    duplicate_enabled: bool
    word_filter_enabled: bool
    word_filter_action: AutomodAction
    timeout_minutes: int
    updated_at: datetime
    mention_limit: int | None = None
    mention_action: AutomodAction = "delete"
    link_filter_enabled: bool = False
    link_action: AutomodAction = "delete"
    allowed_domains: list[str] = []
    capitals_percent: int | None = None
    capitals_action: AutomodAction = "delete"
    exempt_role_ids: list[UUID] = []
    exempt_channel_ids: list[UUID] = []
    exempt_moderators: bool = False
    invite_filter_enabled: bool = False
    invite_action: AutomodAction = "delete"
    allowed_invites: list[str] = []
    file_filter_enabled: bool = False
    file_action: AutomodAction = "delete"
    allowed_file_types: list[str] = []
    new_account_hours: int | None = None
    new_account_action: AutomodAction = "delete"


class FilterWord(Struct, frozen=True):
    """A word in lower case: as a part of any word, only as a whole, or as a pattern with `*` and `?`."""

    word: str
    match: Match = "part"


class Automod(Struct, frozen=True):
    """All rules of a server, as its topic stores them."""

    config: AutomodConfig
    words: list[FilterWord]


class Said(Struct, frozen=True):
    """What rules for texts judge: the text, what a message has besides it, and the author's age of account.

    `beside` are addresses and names that are not part of the text, and `filenames` the names of files.
    """

    content: str
    beside: str = ""
    filenames: Sequence[str] = ()
    account_age: timedelta | None = None


class Written(Struct, frozen=True):
    """What someone wrote in a server's channel."""

    server_id: UUID
    channel_id: UUID
    user_id: UUID
    content: str


class Verdict(Struct, frozen=True):
    """That a rule forbids something: what, the action, and what in the text it was."""

    rule_type: RuleType
    action: AutomodAction
    matched_term: str | None = None
