"""Judges texts of documents by automod's rules, in the thread of documents if the rules or the text are long.

Each millisecond that it took counts as one more edit of the author's, so that nobody can occupy the thread with a text
that was made for slow rules.
"""

from functools import partial
from typing import Final

from coterie.documents.background import Background
from coterie.documents.limits import EDITS
from coterie.http.rate_limits import Limits
from coterie.permissions.authority import Authority
from coterie.screening.screen import DocumentSubject, timed

NO_LIMITS: Final = Limits(is_on=False)
"""For programs that write without being a server."""


async def screen_lines(limits: Limits, background: Background, authority: Authority, lines: str) -> None:
    """Raises what automod refuses in lines that somebody has written; RATE_LIMITED if their last ones took too long."""
    if authority.rules is None:
        return
    limits.action(EDITS, authority.user_id, 0)
    judged = partial(timed, authority, DocumentSubject(lines))
    refusal, seconds = await background.run(judged, authority.rules.work(len(lines)))
    limits.charge(EDITS, authority.user_id, int(seconds * 1000))
    if refusal is not None:
        raise refusal
