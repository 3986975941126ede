"""The statements of search.

What may be left out is NULL; each execution is planned for its own values (`restrain`), so that such a condition costs
nothing and the plan fits the words.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection, OneConnection, Row

CLEANING_LOCK: Final = 0x636F746572696532
"""Any constant that no other advisory lock of ours has."""

HAS_FILE: Final = "AND EXISTS (SELECT FROM attachments WHERE message_id = messages.id AND mime_type LIKE '{}')"
ANY_FILE: Final = HAS_FILE.format("%")
AUDIO: Final = HAS_FILE.format("audio/%")
IMAGE: Final = HAS_FILE.format("image/%")
VIDEO: Final = HAS_FILE.format("video/%")
"""Each stands there only if it is asked for: then PostgreSQL may begin with the files, of which there may be few. What
is behind an OR it looks at for each message."""

HITS: Final = """
    SELECT messages.id, messages.created_at FROM messages
    WHERE (channel_id = ANY($1::uuid[])) IS TRUE AND ($10::bool OR channel_id = ANY($1)) AND deleted_at IS NULL
      AND type <> 'system' AND ($2::text IS NULL OR search_words(content) @@ $2::text::tsquery)
      AND ($3::text[] IS NULL OR ' ' || search_plain(content) || ' ' LIKE ALL ($3))
      AND ($4::uuid[] IS NULL OR author_id = ANY($4))
      AND ($5::uuid[] IS NULL OR (mention_user_ids <> '{}' AND mention_user_ids && $5))
      AND ($6::timestamptz IS NULL OR created_at >= $6) AND ($7::timestamptz IS NULL OR created_at < $7)
      AND ($8::text IS NULL OR content ~* $8)
      AND ($9::bool IS NOT TRUE OR pinned_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a message must be to be found; None where it does not matter.

    `words` is a tsquery, `patterns` are compared with the plain text, `link` with the original; `files` are patterns of
    media types (those of the conditions above), of each of which the message has an attachment. `after` is included,
    `before` is not. `are_most` says that the channels have so much of all messages that no index is worth asking.
    """

    channels: frozenset[UUID]
    words: str | None = None
    patterns: Sequence[str] | None = None
    authors: Sequence[UUID] | None = None
    mentions: Sequence[UUID] | None = None
    after: datetime | None = None
    before: datetime | None = None
    files: Sequence[str] = ()
    link: str | None = None
    is_pinned: bool = False
    are_most: bool = False

    @property
    def values(self) -> tuple[object, ...]:
        return (
            *(list(self.channels), self.words, self.patterns, self.authors, self.mentions),
            *(self.after, self.before, self.link, self.is_pinned, self.are_most),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """How many messages were found, up to the cap, and the rows of the page: none if there are more than the cap."""

    total: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Place:
    """A message's place among all messages in order of time."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """At most `limit` messages before a place. With a `cap`, more hits than that are only counted, and only so far."""

    limit: int
    before: Place | None = None
    cap: int | None = None


async def restrain(connection: OneConnection, milliseconds: int) -> None:
    """Until the transaction ends: a limit on the time of each statement, and plans for the values at hand.

    Reading the whole table is never quicker, whatever PostgreSQL believes of words that it knows little about.
    """
    await connection.execute(
        """
        SELECT set_config('statement_timeout', $1, TRUE), set_config('plan_cache_mode', 'force_custom_plan', TRUE),
               set_config('enable_seqscan', 'off', TRUE), set_config('jit', 'off', TRUE),
               set_config('max_parallel_workers_per_gather', '0', TRUE)
        """,
        str(milliseconds),
    )


async def are_most(connection: Connection, channels: Collection[UUID]) -> bool:
    """Whether these channels have more than a tenth of all messages, about: a position counts other changes too."""
    most: bool = await connection.fetchval(
        """
        SELECT coalesce((SELECT sum(position) FROM topics WHERE id = ANY($1)), 0) * 10 > reltuples
        FROM pg_class WHERE oid = 'messages'::regclass
        """,
        list(channels),
    )
    return most


async def plain(connection: Connection, texts: Sequence[str]) -> list[str]:
    """The texts as the index knows them."""
    rows = await connection.fetch(
        """
        SELECT search_plain(text) AS plain FROM unnest($1::text[]) WITH ORDINALITY AS given (text, number)
        ORDER BY number
        """,
        texts,
    )
    return [row["plain"] for row in rows]


async def found(connection: Connection, conditions: Conditions, page: Page) -> Found:
    """What fits the conditions, newest first."""
    before, files = page.before, conditions.files
    rows = await connection.fetch(
        f"""
        WITH hits AS MATERIALIZED (
            {HITS}
            {ANY_FILE if "%" in files else ""} {AUDIO if "audio/%" in files else ""}
            {IMAGE if "image/%" in files else ""} {VIDEO if "video/%" in files else ""}
            LIMIT $11::bigint + 1
        ),
        counted AS (SELECT count(*) AS total FROM hits),
        page AS (
            SELECT hits.id, hits.created_at FROM hits, counted
            WHERE ($11 IS NULL OR total <= $11)
              AND ($12::timestamptz IS NULL OR (hits.created_at, hits.id) < ($12, $13::uuid))
            ORDER BY hits.created_at DESC, hits.id DESC LIMIT $14
        )
        SELECT total, messages.id, messages.channel_id, messages.author_id, messages.content, messages.created_at,
               username AS author_username, display_name AS author_display_name, avatar_url AS author_avatar_url
        FROM counted LEFT JOIN page ON TRUE LEFT JOIN messages ON messages.id = page.id
        LEFT JOIN users ON users.id = messages.author_id
        ORDER BY page.created_at DESC, page.id DESC
        """,
        *conditions.values,
        page.cap,
        before and before.created_at,
        before and before.id,
        page.limit,
    )
    return Found(rows[0]["total"], [row for row in rows if row["id"] is not None])


async def nth_before(connection: Connection, before: datetime | None, number: int) -> datetime | None:
    """The time of the n-th newest message of all before a time; None if there are not so many."""
    time: datetime | None = await connection.fetchval(
        """
        SELECT created_at FROM messages WHERE created_at < coalesce($1::timestamptz, 'infinity')
        ORDER BY created_at DESC OFFSET $2 LIMIT 1
        """,
        before,
        number - 1,
    )
    return time


async def place(connection: Connection, message_id: UUID) -> Place | None:
    """Where a message or its tombstone stands."""
    time = await connection.fetchval("SELECT created_at FROM messages WHERE id = $1", message_id)
    return Place(time, message_id) if time else None


async def users_named(connection: Connection, names: Sequence[str]) -> list[UUID]:
    """Who has one of these user names."""
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
    """Move what the index has pending to its place: how many pages; None if another process is doing it."""
    pages: int | None = await connection.fetchval(
        "SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN gin_clean_pending_list('messages_words') END",
        CLEANING_LOCK,
    )
    return pages
