"""Polls as clients send them, and who voted. `messages/models.py` has a poll as it is part of its message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from coterie.messages.models import Nonce

QUESTION_BYTES: Final = 500
OPTION_BYTES: Final = 200
OPTIONS: Final = 10
DAYS: Final = 366
"""How far in the future a poll may end."""

Question = Annotated[str, Meta(min_length=1, max_length=QUESTION_BYTES, pattern="^[^\\u0000]*$")]
OptionText = Annotated[str, Meta(min_length=1, max_length=OPTION_BYTES, pattern="^[^\\u0000]*$")]


class PollCreation(Struct, frozen=True):
    """A question of at most 500 bytes, with options of at most 200 bytes each.

    Without `ends_at` it takes votes until it is closed. With `thread_id` it is a reply in the thread of that message. A
    repeated nonce of the same author gets the message that it made first.
    """

    question: Question
    options: Annotated[list[OptionText], Meta(min_length=2, max_length=OPTIONS)]
    is_multiple: bool = False
    is_anonymous: bool = False
    ends_at: datetime | None = None
    thread_id: UUID | None = None
    nonce: Nonce | None = None


class PollVote(Struct, frozen=True):
    """The caller's whole choice: `option_id`, or `option_ids` where several options may be chosen."""

    option_id: UUID | None = None
    option_ids: Annotated[list[UUID], Meta(min_length=1, max_length=OPTIONS)] | None = None

    @property
    def chosen(self) -> list[UUID] | None:
        """The options; None unless exactly one of the fields is given."""
        if self.option_id is None:
            return self.option_ids
        return [self.option_id] if self.option_ids is None else None


@dataclass(frozen=True, slots=True)
class VoterPage:
    """Selects a page of the users who voted for an option, ordered by id: those behind a user."""

    option_id: UUID
    limit: int
    after: UUID | None = None


class Voter(Struct, frozen=True):
    """A user who voted for an option, and when."""

    user_id: UUID
    username: str
    avatar_url: str | None
    created_at: datetime
    display_name: str | None = None
