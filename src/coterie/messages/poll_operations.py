"""What can be done to a poll: vote, retract the vote, and close it. As in `operations.py`, each is one decision.

Everyone who sees the channel can vote, unless a timeout lets them only read; in a conversation, those who can write.
A vote that changes nothing takes no position.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError
from coterie.messages.operations import Changed, Decision, Operation
from coterie.messages.polls import BallotChange
from coterie.messages.queries import Ballot, Candidate
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission

CHANGED = "POLL_VOTE"
"""The event of a poll whose votes or end have changed."""


def vote(options: Sequence[UUID]) -> Operation:
    """Choose these options, and no others."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        ballot = _open(candidate, authority, now)
        if not set(options) <= set(ballot.option_ids):
            return CoterieError(errors.UNKNOWN_OPTION)
        numbers = sorted({ballot.option_ids.index(option) + 1 for option in options})
        if len(numbers) > 1 and not ballot.is_multiple:
            return CoterieError(errors.SINGLE_CHOICE)
        return None if numbers == ballot.chosen else Changed(candidate.message, CHANGED, ballot=BallotChange(numbers))

    return decide


def retract() -> Operation:
    """Choose nothing."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        ballot = _open(candidate, authority, now)
        return Changed(candidate.message, CHANGED, ballot=BallotChange([])) if ballot.chosen else None

    return decide


def close() -> Operation:
    """End it now, for its author and those who manage messages."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        ballot = _ballot(candidate)
        if not candidate.is_author:
            authority.check(Permission.MANAGE_MESSAGES)
        if _is_closed(ballot, now):
            return None
        return Changed(candidate.message, CHANGED, ballot=BallotChange(ends_at=now))

    return decide


def _open(candidate: Candidate, authority: Authority, now: datetime) -> Ballot:
    ballot = _ballot(candidate)
    if authority.structure is None:
        authority.check(Permission.SEND_MESSAGES)
    else:
        authority.check_speaks()
    if _is_closed(ballot, now):
        raise CoterieError(errors.POLL_CLOSED)
    return ballot


def _ballot(candidate: Candidate) -> Ballot:
    if candidate.ballot is None:
        raise CoterieError(errors.NOT_FOUND)
    return candidate.ballot


def _is_closed(ballot: Ballot, now: datetime) -> bool:
    return ballot.ends_at is not None and ballot.ends_at <= now
