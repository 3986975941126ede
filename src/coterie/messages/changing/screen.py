"""The fourth step of changing: does automod allow the new text, or the files that are added?"""

from collections.abc import Sequence

from coterie.messages.changing.attempt import ChangeAttempt, refused
from coterie.screening.screen import FilesSubject, MessageSubject, Screening, Subject


async def screen(screening: Screening, attempts: Sequence[ChangeAttempt]) -> list[ChangeAttempt]:
    """The attempts; those with something forbidden are refused."""
    return [await _screened(screening, each) if each.changed is not None else each for each in attempts]


async def _screened(screening: Screening, attempt: ChangeAttempt) -> ChangeAttempt:
    for subject in _subjects(attempt):
        if (refusal := await screening.judge(attempt.authority, subject)) is not None:
            return refused(attempt, refusal)
    return attempt


def _subjects(attempt: ChangeAttempt) -> list[Subject]:
    text: list[Subject] = [MessageSubject(attempt.after.content)] if attempt.has_new_text else []
    return [*text, FilesSubject(attempt.change.filenames)] if attempt.change.filenames else text
