"""What can be done to a scheduled event: answer, change, cancel, go on to its next date.

As in `operations.py`, each is one decision.

Everyone who sees the channel can answer, unless a timeout lets them only read; in a conversation, those who can write.
An event is its author's, and of those who manage messages. What changes nothing takes no position.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from coterie import errors
from coterie.errors import CoterieError
from coterie.feature import AuditAction
from coterie.messages import dates
from coterie.messages.audit_actions import EVENT_CANCEL, EVENT_UPDATE
from coterie.messages.models import EventAnswer, ScheduledEvent
from coterie.messages.operations import Changed, Decision, Operation
from coterie.messages.queries import Candidate
from coterie.messages.scheduled import ANSWERS, CHANGED, EventUpdate
from coterie.permissions.authority import Authority
from coterie.permissions.bits import Permission


def answer(given: EventAnswer | None) -> Operation:
    """Give this answer in place of an earlier one; None takes it back."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        event = _going(candidate, now)
        if authority.structure is None:
            authority.check(Permission.SEND_MESSAGES)
        else:
            authority.check_speaks()
        if event.user_answer == given:
            return None
        number = 0 if given is None else ANSWERS.index(given) + 1
        return Changed(candidate.message, CHANGED, event=EventUpdate(answer=number))

    return decide


def change(changed: Callable[[ScheduledEvent, Authority], tuple[ScheduledEvent, str]]) -> Operation:
    """Announce something else: `changed` says what becomes of the event, and the text of its message."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        event = _going(candidate, now)
        _check_may_change(candidate, authority)
        after, text = changed(event, authority)
        if after == event:
            return None
        return _changed(candidate, event, after, text, now, EVENT_UPDATE)

    return decide


def cancel() -> Operation:
    """Say that it does not take place."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        event = _event(candidate)
        _check_may_change(candidate, authority)
        if event.is_cancelled:
            return None
        _going(candidate, now)
        after = replace(event, is_cancelled=True)
        return _changed(candidate, event, after, candidate.message.content, now, EVENT_CANCEL)

    return decide


def move_on(after: ScheduledEvent) -> Operation:
    """Go on to the next date: those who were coming are interested in it, and those who were not can answer again."""

    def decide(candidate: Candidate, authority: Authority, now: datetime, is_retry: bool) -> Decision:
        return Changed(candidate.message, CHANGED, event=EventUpdate(event=after, is_next=True))

    return decide


def _changed(
    candidate: Candidate, before: ScheduledEvent, after: ScheduledEvent, text: str, now: datetime, action: AuditAction
) -> Changed:
    message = candidate.message
    if text != message.content:
        message = replace(message, content=text, edited_at=now)
    timing = ("starts_at", "time_zone", "repeat", "reminder_minutes", "is_cancelled")
    is_moved = any(getattr(before, name) != getattr(after, name) for name in timing)
    return Changed(message, CHANGED, event=EventUpdate(event=after, is_moved=is_moved), recorded=action)


def _check_may_change(candidate: Candidate, authority: Authority) -> None:
    authority.check(Permission.SEND_MESSAGES if candidate.is_author else Permission.MANAGE_MESSAGES)


def _going(candidate: Candidate, now: datetime) -> ScheduledEvent:
    """An event that is not over, and was not cancelled."""
    event = _event(candidate)
    if event.is_cancelled or (event.repeat is None and dates.finish(event) <= now):
        raise CoterieError(errors.EVENT_OVER)
    return event


def _event(candidate: Candidate) -> ScheduledEvent:
    if candidate.event is None:
        raise CoterieError(errors.NOT_FOUND)
    return candidate.event
