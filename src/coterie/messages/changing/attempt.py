"""What passes through the steps of changing: a request with all that became known of it so far."""

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.log import versions
from coterie.log.versions import ClientVersion, GivenName
from coterie.messages import mentions
from coterie.messages.audit_actions import MESSAGE_DELETE, POLL_CLOSE
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.models import Message
from coterie.messages.operations import Changed
from coterie.messages.queries import Candidate, MentionTarget
from coterie.permissions.authority import Authority

Outcome: TypeAlias = Message | CoterieError
"""The message as it is now, or the reason why it was not changed."""


class ChangeAttempt(Struct, frozen=True):
    """One change. `number` is its place in the batch, `candidate` the message before, `judged` what its author may do.

    `used` is the digest with which its client version was used before: empty if it was not, None if it is not kept.
    `changed` is what becomes of the message, and `targets` what its new text mentions. With an `outcome` nothing
    happens: it is refused, or was done already.
    """

    number: int
    request: ChangeRequest
    candidate: Candidate | None = None
    judged: Authority | None = None
    used: bytes | None = b""
    changed: Changed | None = None
    targets: Sequence[UUID] = ()
    outcome: Outcome | None = None

    @property
    def result(self) -> Outcome:
        """What the author of the change is answered."""
        return self.after if self.outcome is None else self.outcome

    @property
    def authority(self) -> Authority:
        assert self.judged is not None, "it was judged"
        return self.judged

    @property
    def change(self) -> Changed:
        assert self.changed is not None, "it was decided"
        return self.changed

    @property
    def before(self) -> Message:
        assert self.candidate is not None, "it was loaded"
        return self.candidate.message

    @property
    def after(self) -> Message:
        return self.change.message

    @property
    def has_new_text(self) -> bool:
        is_edit = not self.before.deleted and not self.after.deleted
        return is_edit and self.before.content != self.after.content

    @property
    def has_new_mentions(self) -> bool:
        return mentions.is_mentioning(self.before, self.after)

    @property
    def mentioned(self) -> MentionTarget:
        message = self.after
        is_in_thread = message.thread_id is not None
        return MentionTarget(message.channel_id, message.seq, list(self.targets), message.created_at, is_in_thread)

    @property
    def name(self) -> GivenName | None:
        return versions.given(self.request.client_version, self.request.actor_id, self.request.had, self.after.version)

    @property
    def named(self) -> ClientVersion:
        """The name, as it is stored."""
        request, name = self.request, self.name
        unnamed_for = name.unnamed_for if name else None
        place = self.after.channel_id, request.client_version, self.after.version
        return ClientVersion(*place, request.digest, unnamed_for, request.had)

    @property
    def recorded(self) -> AuditAction | None:
        """What the audit log calls it, if it was done to someone else's message, or to an event."""
        if self.change.recorded or self.before.author_id == self.request.actor_id:
            return self.change.recorded
        if self.change.ballot is not None and self.change.ballot.ends_at is not None:
            return POLL_CLOSE
        return MESSAGE_DELETE if self.after.deleted and not self.before.deleted else None


def decided(attempt: ChangeAttempt, outcome: Outcome) -> ChangeAttempt:
    return replace(attempt, outcome=outcome)


def refused(attempt: ChangeAttempt, refusal: CoterieError) -> ChangeAttempt:
    """A change that does not happen after all."""
    return replace(attempt, changed=None, outcome=refusal)


def becoming(attempt: ChangeAttempt, message: Message) -> ChangeAttempt:
    """The change, with this as what becomes of the message."""
    return replace(attempt, changed=replace(attempt.change, message=message))
