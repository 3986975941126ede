"""Turns a request into conditions on messages: names become ids, words become what the index contains.

A name that nobody has, or a channel that the user may not search, leaves nothing to find.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from coterie.database.connection import Connection
from coterie.search import queries
from coterie.search.queries import Conditions
from coterie.search.query_text import ParsedQuery
from coterie.search.terms import Term, term

Sort = Literal["newest", "oldest"]

ME: Final = "me"
LINK: Final = "https?://"
LINK_WORDS: Final = "('http' | 'https')"
FILES: Final = {"audio": "audio/%", "file": "%", "image": "image/%", "video": "video/%"}
"""The media types of attachments for each value of `has`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The user who searches, and the channels whose messages they may read."""

    viewer_id: UUID
    channels: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a request asks for: the text as typed, and its other parameters.

    `before` is the last message of the page before, in whichever order; `after_time` is inclusive, `before_time` is
    not.
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
    sort: Sort = "newest"


async def terms_of(connection: Connection, query: ParsedQuery) -> list[Term]:
    """The terms that a message must contain. The database normalises the words, as it does with messages."""
    texts = [*query.words, *query.phrases]
    if not texts:
        return []
    plain = await queries.plain(connection, texts)
    found = [term(text, is_whole=number >= len(query.words)) for number, text in enumerate(plain)]
    return list(dict.fromkeys(each for each in found if each))


async def conditions_of(
    connection: Connection, scope: Scope, request: SearchRequest, query: ParsedQuery, terms: Sequence[Term]
) -> Conditions:
    """The conditions that a message must meet."""
    has = {*query.has, *request.has}
    channels = await _channels(connection, scope, request, query)
    words = [each.in_index for each in terms] + ([LINK_WORDS] if "link" in has else [])
    return Conditions(
        channels=channels,
        words=" & ".join(words) or None,
        patterns=[each.in_text for each in terms if each.in_text] or None,
        authors=await _people(connection, scope, query.authors, request.author_id),
        mentions=await _people(connection, scope, query.mentions, request.mentions),
        after=_chosen(max, query.after, request.after_time),
        before=_chosen(min, query.before, request.before_time),
        files=tuple(FILES[thing] for thing in sorted(has) if thing in FILES),
        link=LINK if "link" in has else None,
        is_pinned="pin" in has,
        are_most=await queries.are_most(connection, channels),
    )


async def _channels(
    connection: Connection, scope: Scope, request: SearchRequest, query: ParsedQuery
) -> frozenset[UUID]:
    channels = scope.channels
    if request.channel_id:
        channels &= {request.channel_id}
    if query.channels:
        channels &= set(await queries.channels_named(connection, query.channels, channels))
    return channels


async def _people(connection: Connection, scope: Scope, names: Sequence[str], also: UUID | None) -> list[UUID] | None:
    """The named users; if a parameter names a user too, only that user, and only if they are among the named."""
    if not names:
        return [also] if also else None
    found = set(await queries.users_named(connection, names))
    if ME in {name.lower() for name in names}:
        found.add(scope.viewer_id)
    return list(found & {also} if also else found)


def _chosen(choose: Callable[[datetime, datetime], datetime], *times: datetime | None) -> datetime | None:
    given = [time for time in times if time]
    return choose(*given) if len(given) == 2 else next(iter(given), None)
