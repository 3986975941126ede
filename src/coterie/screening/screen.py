"""Does a server's automod allow what somebody writes there? It is judged from memory, without a query.

The time that it takes is counted against the author, and the event loop gets a turn after each text that took long.

Everything that puts a text in front of others asks here before it is stored. What follows from a refusal for its author
is carried out afterwards, in the request that was refused (`messages/enforcing.py`). Names and the texts of documents
are only refused.
"""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from coterie import errors
from coterie.errors import CoterieError
from coterie.filtering.models import Said, Verdict
from coterie.filtering.rules import ENTRIES, AutomodRefusalError, Rules, account_age
from coterie.http.rate_limits import JUDGING, Limits
from coterie.permissions.authority import Authority

LONG_SECONDS: Final = 0.001
"""After a text that took longer, others get a turn."""


class MessageSubject(Struct, frozen=True):
    """The text of a message. `details` are those of a picture or a file that is elsewhere."""

    text: str
    details: Mapping[str, object] | None = None

    @property
    def quoted(self) -> str:
        """What the log of automod shows."""
        return self.text

    def judged(self, rules: Rules, author_id: UUID) -> Verdict | None:
        details = self.details or {}
        beside = "\n".join(each for each in details.values() if isinstance(each, str))
        filenames = [str(details["filename"])] if "filename" in details else []
        return rules.judge(Said(self.text, beside, filenames, account_age(author_id, datetime.now(UTC))))


class FilesSubject(Struct, frozen=True):
    """Files that are added to a message, by their names."""

    filenames: Sequence[str]

    @property
    def quoted(self) -> str:
        return "\n".join(self.filenames)

    def judged(self, rules: Rules, author_id: UUID) -> Verdict | None:
        return rules.judge_files(self.filenames)


class DocumentSubject(Struct, frozen=True):
    """The lines of a document that somebody has written in."""

    lines: str


class NameSubject(Struct, frozen=True):
    """A name in the server, and the roles of the member who has it or gives it."""

    name: str
    role_ids: Collection[UUID]


Subject: TypeAlias = MessageSubject | FilesSubject | NameSubject | DocumentSubject


def screen(authority: Authority, subject: Subject) -> CoterieError | None:
    """Why automod refuses something in the place of `authority`; None if it does not."""
    if authority.structure is None or authority.structure.rules is None:
        return None
    rules = authority.rules
    if isinstance(subject, NameSubject):
        is_exempt = authority.place is not None and rules is None  # the channel, or who manages messages there
        is_forbidden = not is_exempt and authority.structure.rules.forbids_name(subject.name, subject.role_ids)
        return CoterieError(errors.AUTOMOD_WORD_FILTER) if is_forbidden else None
    if isinstance(subject, DocumentSubject):
        age = account_age(authority.user_id, datetime.now(UTC))
        found = rules.judge_passage(subject.lines, age) if rules is not None else None
        return CoterieError(ENTRIES[found.rule_type]) if found is not None else None
    verdict = subject.judged(rules, authority.user_id) if rules is not None else None
    return AutomodRefusalError(verdict, authority.written(subject.quoted)) if verdict is not None else None


class Screening:
    """Judges texts, each within the limit of its author."""

    def __init__(self, limits: Limits) -> None:
        self._limits: Final = limits

    async def judge(self, authority: Authority, subject: Subject) -> CoterieError | None:
        """As `screen`; RATE_LIMITED for an author whose last texts took too long."""
        if authority.rules is None:
            return None
        try:
            self._limits.action(JUDGING, authority.user_id, 0)
        except CoterieError as error:
            return error
        refusal, seconds = timed(authority, subject)
        self._limits.charge(JUDGING, authority.user_id, seconds * 1000)
        if seconds > LONG_SECONDS:
            await asyncio.sleep(0)
        return refusal


UNCOUNTED: Final = Screening(Limits(is_on=False))
"""For programs that write without being a server."""


def timed(authority: Authority, subject: Subject) -> tuple[CoterieError | None, float]:
    """As `screen`, with the seconds for which this thread worked on it."""
    began = time.thread_time()
    return screen(authority, subject), time.thread_time() - began


def check_names(authority: Authority, *names: str | None) -> None:
    """Raises AUTOMOD_WORD_FILTER for a name that a member gives: of a channel, a topic, the title of a document."""
    roles = authority.member_state.role_ids if authority.member_state is not None else ()
    for name in filter(None, names):
        if (refusal := screen(authority, NameSubject(name, roles))) is not None:
            raise refusal
