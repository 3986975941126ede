"""The third step of changing: what becomes of each message, by its operation (`messages/operations.py`)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from coterie import errors
from coterie.errors import CoterieError
from coterie.messages.changing.attempt import ChangeAttempt, Outcome, decided
from coterie.messages.operations import Decision


def decide(attempts: Sequence[ChangeAttempt], now: datetime, *, is_retry: bool) -> list[ChangeAttempt]:
    """The attempts with their change or their outcome, in order: what is pinned before counts for what is behind."""
    pinned: Counter[UUID] = Counter()
    made = []
    for attempt in attempts:
        outcome = _known(attempt)
        if outcome is None:
            attempt = _decide(attempt, pinned[attempt.before.channel_id], now, is_retry=is_retry)
        else:
            attempt = decided(attempt, outcome)
        if attempt.changed is not None:
            pinned[attempt.after.channel_id] += attempt.after.pinned - attempt.before.pinned
        made.append(attempt)
    return made


def _known(attempt: ChangeAttempt) -> Outcome | None:
    """The outcome, if the operation has nothing to decide: it may not, or was carried out before."""
    request, candidate = attempt.request, attempt.candidate
    if candidate is None or attempt.judged is None or request.channel_id not in (None, candidate.message.channel_id):
        return CoterieError(errors.NOT_FOUND)
    if candidate.message.type == "system":
        return CoterieError(errors.SYSTEM_MESSAGE)
    if attempt.used == b"":
        return None
    is_repeat = attempt.used is None or attempt.used == request.digest
    return candidate.message if is_repeat else CoterieError(errors.NONCE_REUSED)


def _decide(attempt: ChangeAttempt, pinned: int, now: datetime, *, is_retry: bool) -> ChangeAttempt:
    decision = _decision(attempt, pinned, now, is_retry=is_retry)
    if isinstance(decision, CoterieError):
        return decided(attempt, decision)
    return decided(attempt, attempt.before) if decision is None else replace(attempt, changed=decision)


def _decision(attempt: ChangeAttempt, pinned: int, now: datetime, *, is_retry: bool) -> Decision:
    assert attempt.candidate is not None, "others are refused before"
    candidate = replace(attempt.candidate, pins=attempt.candidate.pins + pinned)
    try:
        return attempt.request.operation(candidate, attempt.authority, now, is_retry)
    except CoterieError as error:
        return error
