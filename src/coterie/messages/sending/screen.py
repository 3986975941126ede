"""The second step of sending: does automod allow the text? Most servers have no rules, which costs a look."""

from collections.abc import Sequence

from msgspec.structs import replace

from coterie.messages.sending.attempt import Attempt
from coterie.screening.screen import MessageSubject
from coterie.screening.screen import screen as judged


def screen(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts; those with a forbidden text are refused."""
    return [_screened(attempt) if attempt.outcome is None and attempt.has_rules else attempt for attempt in attempts]


def _screened(attempt: Attempt) -> Attempt:
    assert attempt.authority is not None, "it was judged"
    draft = attempt.sending.draft
    return replace(attempt, outcome=judged(attempt.authority, MessageSubject(draft.content, draft.type_details)))
