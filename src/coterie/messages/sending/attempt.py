"""What passes through the steps of sending: a message with all that became known of it so far."""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import msgspec

from coterie.errors import CoterieError
from coterie.messages.mentions import NOBODY, Mentions, mentioning
from coterie.messages.models import Draft, Message
from coterie.permissions.authority import Authority

Outcome: TypeAlias = Message | CoterieError
"""The message as it was stored, or the reason why it was not."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A message to store, and the client's own name for this write with a digest of it; `had` as in `versions`."""

    draft: Draft
    client_version: str | None = None
    digest: bytes = b""
    had: int | None = None

    @property
    def author_id(self) -> UUID:
        assert self.draft.author_id is not None, "only an author sends"
        return self.draft.author_id

    @property
    def key(self) -> str:
        """The author's own name for the write, which a repeat has too."""
        return self.draft.nonce or str(self.draft.id)


class Attempt(msgspec.Struct, frozen=True):
    """One try to store a message. `number` is its place in the batch; `authority` is what its author may do there.

    `is_first` is true for the first message of its author in a conversation.

    Without an outcome after the last step, the message was passed over: its key is taken, what it answers is not
    there, or the server has moved on since the author's right was judged.
    """

    number: int
    sending: Sending
    authority: Authority | None = None
    mentions: Mentions = NOBODY
    outcome: Outcome | None = None
    is_first: bool = False

    @property
    def author_id(self) -> UUID:
        return self.sending.author_id

    @property
    def draft(self) -> Draft:
        """The message with its mentions."""
        draft = self.sending.draft
        return draft if self.mentions is NOBODY else mentioning(draft, self.mentions)

    @property
    def has_rules(self) -> bool:
        """Whether the server has rules of automod, on or off."""
        return (
            self.authority is not None
            and self.authority.structure is not None
            and self.authority.structure.rules is not None
        )

    @property
    def stored(self) -> Message | None:
        return self.outcome if isinstance(self.outcome, Message) else None


def decided(attempt: Attempt, outcome: Outcome | None) -> Attempt:
    return msgspec.structs.replace(attempt, outcome=outcome)


def placed(draft: Draft, seq: int) -> Message:
    """The message at its position."""
    return Message(*msgspec.structs.astuple(draft), seq=seq, version=seq)


def stored(attempt: Attempt, message: Message, *, is_first: bool) -> Attempt:
    return msgspec.structs.replace(attempt, outcome=message, is_first=is_first)
