"""What can be done to a stored message: edit, delete, restore, react and pin, each as one decision.

An operation decides from the message and what its actor may do there. It writes nothing; `messages/changing/` does.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from coterie import errors
from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.messages.models import Message
from coterie.messages.polls import BallotChange
from coterie.messages.queries import Candidate
from coterie.messages.scheduled import EventUpdate
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission

PIN_LIMIT: Final = 250
"""Pinned messages of one channel."""

EMOJI_LIMIT: Final = 50
"""Different emoji with which people can react to one message."""


class Changed(Struct, frozen=True):
    """What an operation makes of a message, of the actor's reaction to it (emoji, and whether it exists then), of
    its poll or event, and which files are added to it.

    `extra` are fields that only the gateway's frame has, in addition to those of the message. `recorded` is what the
    audit log calls it, even if the message is the actor's own.
    """

    message: Message
    type: str
    reaction: tuple[str, bool] | None = None
    extra: dict[str, object] = {}
    filenames: Sequence[str] = ()
    ballot: BallotChange | None = None
    event: EventUpdate | None = None
    recorded: AuditAction | None = None


Decision: TypeAlias = Changed | CoterieError | None
"""A change, a refusal, or nothing to do."""

Counted: TypeAlias = Literal["", "pins", "emojis", "ballot", "event"]

Operation: TypeAlias = Callable[[Candidate, Authority, datetime, bool], Decision]
"""Decides about one message from what the actor may do there; may raise its refusal.

The last argument says that an earlier try may have been committed.
"""


def edit(content: str) -> Operation:
    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        if message.deleted:
            return CoterieError(errors.NOT_FOUND)
        if not candidate.is_author:
            return CoterieError(errors.NOT_THE_AUTHOR)
        if message.type == "poll":
            return CoterieError(errors.POLL_FIXED)
        if message.type == "event":
            return CoterieError(errors.EVENT_FIXED)
        authority.check(Permission.SEND_MESSAGES)
        if message.content == content:
            return None
        return Changed(replace(message, content=content, edited_at=now), "MESSAGE_UPDATE")

    return decide


def edit_if(content: str, versions: Collection[int]) -> Operation:
    """Edit the message if it still has one of these versions."""
    write = edit(content)

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        is_done = is_retry and candidate.message.content == content
        if candidate.message.version not in versions and not is_done:
            return CoterieError(errors.CHANGED_SINCE)
        return write(candidate, authority, now, is_retry)

    return decide


def delete() -> Operation:
    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        if message.deleted:
            return None if is_retry else CoterieError(errors.NOT_FOUND)
        if not candidate.is_author:
            authority.check(Permission.MANAGE_MESSAGES)
        return Changed(tombstone(message), "MESSAGE_DELETE")

    return decide


@dataclass(frozen=True, slots=True)
class OriginalMessage:
    """The content of a deleted message."""

    content: str
    mention_user_ids: list[UUID]
    mention_role_ids: list[UUID]
    mention_everyone: bool
    mention_here: bool
    pinned_at: datetime | None
    pinned_by: UUID | None


def restore(original: OriginalMessage) -> Operation:
    """Make a tombstone the original message again; the caller restores its reactions and files."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        if not candidate.message.deleted:
            return None
        values = {name: getattr(original, name) for name in OriginalMessage.__slots__}
        is_pinned = original.pinned_at is not None
        return Changed(replace(candidate.message, deleted=False, pinned=is_pinned, **values), "MESSAGE_UPDATE")

    return decide


def attach(filenames: Sequence[str]) -> Operation:
    """Add files; the caller stores them in the same transaction."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        if candidate.message.deleted:
            return CoterieError(errors.NOT_FOUND)
        authority.check(Permission.ATTACH_FILES)
        if not candidate.is_author:
            return CoterieError(errors.NOT_THE_AUTHOR)
        return Changed(candidate.message, "MESSAGE_UPDATE", filenames=filenames)

    return decide


def react(user_id: UUID, emoji: str) -> Operation:
    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        if candidate.message.deleted:
            return CoterieError(errors.NOT_FOUND)
        authority.check(Permission.ADD_REACTIONS)
        if emoji in candidate.own_reactions:
            return None
        if len(candidate.emojis) >= EMOJI_LIMIT and emoji not in candidate.emojis:
            return CoterieError(errors.TOO_MANY_REACTIONS)
        return _reaction(candidate.message, "REACTION_ADD", user_id, emoji)

    return decide


def unreact(user_id: UUID, emoji: str) -> Operation:
    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        if emoji not in candidate.own_reactions:
            return None if is_retry else CoterieError(errors.NOT_FOUND)
        return _reaction(candidate.message, "REACTION_REMOVE", user_id, emoji)

    return decide


def pin(user_id: UUID) -> Operation:
    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        if message.deleted:
            return CoterieError(errors.NOT_FOUND)
        _check_may_pin(authority)
        if message.pinned:
            return None
        if candidate.pins >= PIN_LIMIT:
            return CoterieError(errors.TOO_MANY_PINS)
        pinned = replace(message, pinned=True, pinned_at=now, pinned_by=user_id)
        return Changed(pinned, "MESSAGE_PIN", extra={"message_id": message.id})

    return decide


def unpin(user_id: UUID) -> Operation:
    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        message = candidate.message
        _check_may_pin(authority)
        if not message.pinned:
            return None if is_retry else CoterieError(errors.NOT_FOUND)
        unpinned = replace(message, pinned=False, pinned_at=None, pinned_by=None)
        return Changed(unpinned, "MESSAGE_UNPIN", extra={"message_id": message.id, "unpinned_by": user_id})

    return decide


def _check_may_pin(authority: Authority) -> None:
    """In a conversation anyone who can write there can pin."""
    authority.check(Permission.MANAGE_MESSAGES if authority.structure is not None else Permission.SEND_MESSAGES)


def _reaction(message: Message, type: str, user_id: UUID, emoji: str) -> Changed:
    extra: dict[str, object] = {"message_id": message.id, "user_id": user_id, "emoji": emoji}
    return Changed(message, type, (emoji, type == "REACTION_ADD"), extra)


def tombstone(message: Message) -> Message:
    """What stays of a deleted message: its position, its author and its time."""
    return replace(
        message,
        content="",
        type_details=None,
        deleted=True,
        mention_user_ids=[],
        mention_everyone=False,
        mention_role_ids=[],
        mention_here=False,
        pinned=False,
        pinned_at=None,
        pinned_by=None,
    )
