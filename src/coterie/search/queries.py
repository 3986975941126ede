"""The statements of search.

Optional conditions are NULL; each execution is planned for its own values (`restrain`), so that a missing condition
costs nothing and the plan fits the words.

PostgreSQL estimates that fifty channels with all messages have two thirds of them, and reads an index of all messages
to exclude the rest: 8 ms instead of 3 for a word in 3,000 of 60,000 messages. So `are_most` says when the channels have
more than a tenth of all messages, and the channel is then only compared.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.columns import parameters
from coterie.database.connection import Connection, OneConnection, Row

CLEANING_LOCK: Final = 0x636F746572696532
"""An arbitrary constant that no other advisory lock of ours uses."""

HAS_FILE: Final = "AND EXISTS (SELECT FROM attachments WHERE message_id = messages.id AND mime_type LIKE '{}')"
ANY_FILE: Final = HAS_FILE.format("%")
AUDIO: Final = HAS_FILE.format("audio/%")
IMAGE: Final = HAS_FILE.format("image/%")
VIDEO: Final = HAS_FILE.format("video/%")
"""Each is in the statement only if the request asks for it: then PostgreSQL can begin with the files, which may be
few. A condition behind an OR would be checked for every message."""


class SearchValues(NamedTuple):
    """The values of a search: the conditions, and which page of the hits."""

    channels: list[UUID]
    words: str | None
    patterns: list[str] | None
    authors: list[UUID] | None
    mentions: list[UUID] | None
    after: datetime | None
    before: datetime | None
    link: str | None
    is_pinned: bool
    are_most: bool
    cap: int | None
    page_behind: datetime | None
    page_behind_id: UUID | None
    limit: int


GIVEN: Final = parameters(SearchValues)

HITS: Final = f"""
    SELECT messages.id, messages.created_at FROM messages
    WHERE (channel_id = ANY({GIVEN.channels})) IS TRUE AND ({GIVEN.are_most} OR channel_id = ANY({GIVEN.channels}))
      AND deleted_at IS NULL AND type <> 'system'
      AND ({GIVEN.words} IS NULL OR search_words(content) @@ {GIVEN.words}::tsquery)
      AND ({GIVEN.patterns} IS NULL OR ' ' || search_plain(content) || ' ' LIKE ALL ({GIVEN.patterns}))
      AND ({GIVEN.authors} IS NULL OR author_id = ANY({GIVEN.authors}))
      AND ({GIVEN.mentions} IS NULL OR (mention_user_ids <> '{{}}' AND mention_user_ids && {GIVEN.mentions}))
      AND ({GIVEN.after} IS NULL OR created_at >= {GIVEN.after})
      AND ({GIVEN.before} IS NULL OR created_at < {GIVEN.before})
      AND ({GIVEN.link} IS NULL OR content ~* {GIVEN.link})
      AND ({GIVEN.is_pinned} IS NOT TRUE OR pinned_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions that a message must meet; None for one that does not apply.

    `words` is a tsquery, `patterns` are compared with the plain text, `link` with the original. `files` are patterns of
    media types (those of the conditions above); the message has an attachment for each. `after` is inclusive, `before`
    is not. With `are_most` the channels have such a share of all messages that an index would not help.
    """

    channels: frozenset[UUID]
    words: str | None = None
    patterns: list[str] | None = None
    authors: list[UUID] | None = None
    mentions: list[UUID] | None = None
    after: datetime | None = None
    before: datetime | None = None
    files: Sequence[str] = ()
    link: str | None = None
    is_pinned: bool = False
    are_most: bool = False


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """How many messages were found, up to the cap, and the rows of the page: none if there are more than the cap."""

    total: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class TimePlace:
    """A message's position among all messages in order of time."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class SearchPage:
    """At most `limit` messages behind a message, in the order of the page, which is newest or oldest first.

    With a `cap`, more hits are only counted, up to `cap` + 1.
    """

    limit: int
    behind: TimePlace | None = None
    cap: int | None = None
    is_oldest_first: bool = False


async def restrain(connection: OneConnection, milliseconds: int) -> None:
    """Until the transaction ends: limit the time of each statement, and plan each one for its own values.

    Reading the whole table is never faster, whatever PostgreSQL estimates for words that it has few statistics on.
    """
    await connection.execute(
        """
        SELECT set_config('statement_timeout', $1, TRUE), set_config('plan_cache_mode', 'force_custom_plan', TRUE),
               set_config('enable_seqscan', 'off', TRUE), set_config('enable_bitmapscan', 'on', TRUE),
               set_config('jit', 'off', TRUE),
               set_config('max_parallel_workers_per_gather', '0', TRUE)
        """,
        str(milliseconds),
    )


async def are_most(connection: Connection, channels: Collection[UUID]) -> bool:
    """Whether these channels have over a tenth of all messages, roughly: a position counts other changes too."""
    most: bool = await connection.fetchval(
        """
        SELECT coalesce((SELECT sum(position) FROM topics WHERE id = ANY($1)), 0) * 10 > reltuples
        FROM pg_class WHERE oid = 'messages'::regclass
        """,
        list(channels),
    )
    return most


async def plain(connection: Connection, texts: Sequence[str]) -> list[str]:
    """The texts in the plain form that the index uses."""
    rows = await connection.fetch(
        """
        SELECT search_plain(text) AS plain FROM unnest($1::text[]) WITH ORDINALITY AS given (text, number)
        ORDER BY number
        """,
        texts,
    )
    return [row["plain"] for row in rows]


async def found(connection: Connection, conditions: Conditions, page: SearchPage) -> FoundMessages:
    """The messages that meet the conditions, in the order of the page."""
    files, is_oldest_first = conditions.files, page.is_oldest_first
    rows = await connection.fetch(
        f"""
        WITH hits AS MATERIALIZED (
            {HITS}
            {ANY_FILE if "%" in files else ""} {AUDIO if "audio/%" in files else ""}
            {IMAGE if "image/%" in files else ""} {VIDEO if "video/%" in files else ""}
            LIMIT {GIVEN.cap} + 1
        ),
        counted AS (SELECT count(*) AS total FROM hits),
        page AS (
            SELECT hits.id, hits.created_at FROM hits, counted
            WHERE ({GIVEN.cap} IS NULL OR total <= {GIVEN.cap})
              AND ({GIVEN.page_behind} IS NULL
                   OR (hits.created_at, hits.id) {">" if is_oldest_first else "<"}
                      ({GIVEN.page_behind}, {GIVEN.page_behind_id}))
            ORDER BY {"hits.created_at, hits.id" if is_oldest_first else "hits.created_at DESC, hits.id DESC"}
            LIMIT {GIVEN.limit}
        )
        SELECT total, messages.id, messages.channel_id, messages.author_id, messages.content, messages.created_at,
               username AS author_username, display_name AS author_display_name, avatar_url AS author_avatar_url
        FROM counted LEFT JOIN page ON TRUE LEFT JOIN messages ON messages.id = page.id
        LEFT JOIN users ON users.id = messages.author_id
        ORDER BY {"page.created_at, page.id" if is_oldest_first else "page.created_at DESC, page.id DESC"}
        """,
        *GIVEN.values(_given(conditions, page)),
    )
    return FoundMessages(rows[0]["total"], [row for row in rows if row["id"] is not None])


def _given(conditions: Conditions, page: SearchPage) -> SearchValues:
    return SearchValues(
        channels=list(conditions.channels),
        words=conditions.words,
        patterns=conditions.patterns,
        authors=conditions.authors,
        mentions=conditions.mentions,
        after=conditions.after,
        before=conditions.before,
        link=conditions.link,
        is_pinned=conditions.is_pinned,
        are_most=conditions.are_most,
        cap=page.cap,
        page_behind=page.behind.created_at if page.behind else None,
        page_behind_id=page.behind.id if page.behind else None,
        limit=page.limit,
    )


async def nth_before(connection: Connection, before: datetime | None, number: int) -> datetime | None:
    """The time of the n-th newest message before a time; None if there are fewer."""
    time: datetime | None = await connection.fetchval(
        """
        SELECT created_at FROM messages WHERE created_at < coalesce($1::timestamptz, 'infinity')
        ORDER BY created_at DESC OFFSET $2 LIMIT 1
        """,
        before,
        number - 1,
    )
    return time


async def nth_after(connection: Connection, after: datetime | None, number: int) -> datetime | None:
    """The time of the n-th oldest message from a time on; None if there are fewer."""
    time: datetime | None = await connection.fetchval(
        """
        SELECT created_at FROM messages WHERE created_at >= coalesce($1::timestamptz, '-infinity')
        ORDER BY created_at OFFSET $2 LIMIT 1
        """,
        after,
        number - 1,
    )
    return time


async def place(connection: Connection, message_id: UUID) -> TimePlace | None:
    """The position of a message or its tombstone in order of time."""
    time = await connection.fetchval("SELECT created_at FROM messages WHERE id = $1", message_id)
    return TimePlace(time, message_id) if time else None


async def users_named(connection: Connection, names: Sequence[str]) -> list[UUID]:
    """The users who have one of these user names."""
    rows = await connection.fetch(
        "SELECT id FROM users WHERE lower(username) = ANY(ARRAY(SELECT lower(name) FROM unnest($1::text[]) AS name))",
        names,
    )
    return [row["id"] for row in rows]


async def channels_named(connection: Connection, names: Sequence[str], among: Collection[UUID]) -> list[UUID]:
    """Which of these channels have one of these names."""
    rows = await connection.fetch(
        """
        SELECT id FROM channels
        WHERE id = ANY($2) AND lower(name) = ANY(ARRAY(SELECT lower(name) FROM unnest($1::text[]) AS name))
        """,
        names,
        list(among),
    )
    return [row["id"] for row in rows]


async def clean(connection: Connection) -> int | None:
    """Merge the index's pending list; returns how many pages it had, None if another process is doing it."""
    pages: int | None = await connection.fetchval(
        "SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN gin_clean_pending_list('messages_words') END",
        CLEANING_LOCK,
    )
    return pages
