"""The second step of sending: does automod allow the text? Most servers have no rules, which costs a look."""

from collections.abc import Sequence

from msgspec.structs import replace

from coterie.messages.sending.attempt import Attempt
from coterie.screening.screen import MessageSubject, Screening


async def screen(screening: Screening, attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts; those with a forbidden text are refused."""
    return [
        await _screened(screening, attempt) if attempt.outcome is None and attempt.has_rules else attempt
        for attempt in attempts
    ]


async def _screened(screening: Screening, attempt: Attempt) -> Attempt:
    assert attempt.authority is not None, "it was judged"
    draft = attempt.sending.draft
    subject = MessageSubject(draft.content, draft.type_details)
    return replace(attempt, outcome=await screening.judge(attempt.authority, subject))
