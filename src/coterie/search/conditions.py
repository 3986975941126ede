"""From what was asked to what a message must be: names become ids, words what the index knows.

A name that nobody has, or a channel outside of what may be searched, leaves nothing that could be found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.search import queries
from coterie.search.queries import Conditions
from coterie.search.question import Question
from coterie.search.terms import Term, term

ME: Final = "me"
LINK: Final = "https?://"
LINK_WORDS: Final = "('http' | 'https')"
FILES: Final = {"audio": "audio/%", "file": "%", "image": "image/%", "video": "video/%"}
"""Which media types an attachment may have for what a message is asked to have."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Who searches, and the channels whose messages they may read."""

    viewer_id: UUID
    channels: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: the text as typed, and what its other parameters add to it.

    `before` is the message after which to go on; `after_time` is included, `before_time` is not.
    """

    text: str
    limit: int
    before: UUID | None = None
    channel_id: UUID | None = None
    author_id: UUID | None = None
    mentions: UUID | None = None
    has: list[str] = field(default_factory=list)
    after_time: datetime | None = None
    before_time: datetime | None = None


async def terms_of(connection: Connection, question: Question) -> list[Term]:
    """What a message must say. The database itself makes the words plain, as it does with messages."""
    texts = [*question.words, *question.phrases]
    if not texts:
        return []
    plain = await queries.plain(connection, texts)
    found = [term(text, is_whole=number >= len(question.words)) for number, text in enumerate(plain)]
    return list(dict.fromkeys(each for each in found if each))


async def conditions_of(
    connection: Connection, scope: Scope, asked: Asked, question: Question, terms: Sequence[Term]
) -> Conditions:
    """What a message must be."""
    has = {*question.has, *asked.has}
    channels = await _channels(connection, scope, asked, question)
    words = [each.in_index for each in terms] + ([LINK_WORDS] if "link" in has else [])
    return Conditions(
        channels=channels,
        words=" & ".join(words) or None,
        patterns=[each.in_text for each in terms if each.in_text] or None,
        authors=await _people(connection, scope, question.authors, asked.author_id),
        mentions=await _people(connection, scope, question.mentions, asked.mentions),
        after=_chosen(max, question.after, asked.after_time),
        before=_chosen(min, question.before, asked.before_time),
        files=tuple(FILES[thing] for thing in sorted(has) if thing in FILES),
        link=LINK if "link" in has else None,
        is_pinned="pin" in has,
        are_most=await queries.are_most(connection, channels),
    )


async def _channels(connection: Connection, scope: Scope, asked: Asked, question: Question) -> frozenset[UUID]:
    channels = scope.channels
    if asked.channel_id:
        channels &= {asked.channel_id}
    if question.channels:
        channels &= set(await queries.channels_named(connection, question.channels, channels))
    return channels


async def _people(
    connection: Connection, scope: Scope, names: Sequence[str], also: UUID | None
) -> Sequence[UUID] | None:
    """One of the named, and only the one whom a parameter names, if both are given."""
    if not names:
        return [also] if also else None
    found = set(await queries.users_named(connection, names))
    if ME in {name.lower() for name in names}:
        found.add(scope.viewer_id)
    return list(found & {also} if also else found)


def _chosen(choose: Callable[[datetime, datetime], datetime], *times: datetime | None) -> datetime | None:
    given = [time for time in times if time]
    return choose(*given) if len(given) == 2 else next(iter(given), None)
