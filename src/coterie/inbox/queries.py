"""SQL statements for the inbox: what mentions a user, along the index of `mentions` by target and time.

The targets are the user, their roles, and the channels for `@everyone`; each is read from its newest end. Messages from
before the user joined were not meant for them, unless they mention the user by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection, Row
from coterie.messages.models import Message
from coterie.messages.queries import COLUMNS, placed

PAGE_LIMIT: Final = 50
"""Items of one page at most."""

LOOKED_AT: Final = PAGE_LIMIT + 1
"""A page, and one more to see whether there is another page."""

UNREAD_LIMIT: Final = 100
"""The unread messages that are looked at for a channel and a kind of mention, as many as unread counts look at."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of a message in everyone's inbox."""

    created_at: datetime
    channel_id: UUID
    seq: int


NEWEST: Final = Cursor(datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1), (1 << 63) - 1)
"""Before every message."""


@dataclass(frozen=True, slots=True)
class Places:
    """The channels and conversations that a user can view, and their roles, each role with its server."""

    channels: Sequence[UUID]
    roles: Sequence[tuple[UUID, UUID]]


@dataclass(frozen=True, slots=True)
class MentioningMessage:
    """A message that mentions a user; `answers` says that it replies to one of theirs."""

    message: Message
    server_id: UUID | None
    answers: bool
    is_read: bool


# Since when a user is in a place (`place.server_id` or the conversation), and how far they have read it.
STANDING: Final = """
    CROSS JOIN LATERAL (SELECT server_id FROM channels WHERE channels.id = given.channel_id LIMIT 1) AS place
    CROSS JOIN LATERAL (
        (SELECT joined_at FROM server_members
         WHERE server_members.server_id = place.server_id AND server_members.user_id = $1 LIMIT 1)
        UNION ALL
        (SELECT joined_at FROM conversation_participants
         WHERE conversation_participants.conversation_id = given.channel_id
           AND conversation_participants.user_id = $1 LIMIT 1)
    ) AS part
    LEFT JOIN LATERAL (
        SELECT position FROM read_marks
        WHERE read_marks.user_id = $1 AND read_marks.channel_id = given.channel_id LIMIT 1
    ) AS mark ON TRUE
"""

# The message of each mention, if it is not deleted and another user wrote it. The limits here keep PostgreSQL from
# starting with the messages, which are many more than the mentions.
BY_ANOTHER: Final = """
    CROSS JOIN LATERAL (
        SELECT id FROM (
            SELECT id, author_id, deleted_at FROM messages
            WHERE messages.channel_id = mentions.channel_id AND messages.seq = mentions.seq LIMIT 1
        ) AS mentioning WHERE author_id IS DISTINCT FROM $1 AND deleted_at IS NULL
    ) AS message
"""

# The unread messages of each channel, the newest of each kind of mention, each message once.
UNREAD: Final = f"""
    place AS MATERIALIZED (
        SELECT given.channel_id, place.server_id, joined_at, coalesce(mark.position, 0) AS marked
        FROM unnest($2::uuid[]) AS given (channel_id)
        CROSS JOIN LATERAL (SELECT position FROM topics WHERE topics.id = given.channel_id LIMIT 1) AS topic
        {STANDING}
        WHERE topic.position > coalesce(mark.position, 0)
    ), unread AS (
        SELECT DISTINCT mentioning.id, mentioning.channel_id, mentioning.seq, mentioning.created_at
        FROM place CROSS JOIN LATERAL unnest(ARRAY(
            SELECT role_id FROM member_roles
            WHERE member_roles.server_id = place.server_id AND member_roles.user_id = $1
        ) || ARRAY[$1, place.channel_id]) AS target (id)
        CROSS JOIN LATERAL (
            SELECT message.id, mentions.channel_id, mentions.seq, mentions.created_at
            FROM mentions {BY_ANOTHER}
            WHERE mentions.channel_id = place.channel_id AND mentions.target_id = target.id
              AND mentions.seq > place.marked AND mentions.created_at > place.joined_at
            ORDER BY mentions.seq DESC LIMIT {UNREAD_LIMIT}
        ) AS mentioning
    )
"""

# The whole messages of a page, which `given` names, with how they concern the viewer.
ITEMS: Final = f"""
    SELECT {COLUMNS}, place.server_id, answered.author_id IS NOT DISTINCT FROM $1 AS answers,
           messages.seq <= coalesce(mark.position, 0) OR messages.created_at <= joined_at AS is_read
    FROM given
    {STANDING}
    JOIN messages ON messages.id = given.id AND messages.id = ANY(ARRAY(SELECT id FROM given))
    LEFT JOIN LATERAL (
        SELECT author_id FROM messages AS before WHERE before.id = messages.reply_to LIMIT 1
    ) AS answered ON TRUE
    ORDER BY given.created_at DESC, given.channel_id DESC, given.seq DESC
"""


async def place_of(connection: Connection, message_id: UUID) -> Cursor | None:
    """The position of a message, without a check of permissions."""
    row = await connection.fetchrow("SELECT created_at, channel_id, seq FROM messages WHERE id = $1", message_id)
    return Cursor(**row) if row else None


async def newest(
    connection: Connection, user_id: UUID, places: Places, before: Cursor, limit: int
) -> list[MentioningMessage]:
    """Messages that mention a user in these places, read or not, before a position in their inbox."""
    rows = await connection.fetch(
        f"""
        WITH target AS (
            SELECT given.id, coalesce(member.joined_at, part.joined_at, '-infinity') AS since
            FROM unnest($5::uuid[], $6::uuid[]) AS given (id, server_id)
            LEFT JOIN LATERAL (
                SELECT server_id FROM channels WHERE channels.id = given.id LIMIT 1
            ) AS place ON given.server_id IS NULL
            LEFT JOIN LATERAL (
                SELECT joined_at FROM server_members
                WHERE server_members.server_id = coalesce(given.server_id, place.server_id)
                  AND server_members.user_id = $1 LIMIT 1
            ) AS member ON TRUE
            LEFT JOIN LATERAL (
                SELECT joined_at FROM conversation_participants
                WHERE conversation_participants.conversation_id = given.id
                  AND conversation_participants.user_id = $1 LIMIT 1
            ) AS part ON given.server_id IS NULL
        ), given AS (
            SELECT DISTINCT mentioning.id, mentioning.created_at, mentioning.channel_id, mentioning.seq
            FROM target CROSS JOIN LATERAL (
                SELECT message.id, mentions.channel_id, mentions.seq, mentions.created_at
                FROM mentions {BY_ANOTHER}
                WHERE mentions.target_id = target.id AND mentions.created_at > target.since
                  AND (mentions.created_at, mentions.channel_id, mentions.seq) < ($3, $4, $7)
                  AND (mentions.channel_id = target.id OR mentions.channel_id = ANY($2))
                ORDER BY mentions.created_at DESC, mentions.channel_id DESC, mentions.seq DESC LIMIT {LOOKED_AT}
            ) AS mentioning
            ORDER BY mentioning.created_at DESC, mentioning.channel_id DESC, mentioning.seq DESC LIMIT $8
        )
        {ITEMS}
        """,
        user_id,
        places.channels,
        before.created_at,
        before.channel_id,
        [user_id, *places.channels, *(role for role, _ in places.roles)],
        [None, *(None for _ in places.channels), *(server for _, server in places.roles)],
        before.seq,
        limit,
    )
    return [_mentioning(row) for row in rows]


async def unread(
    connection: Connection, user_id: UUID, places: Places, before: Cursor, limit: int
) -> list[MentioningMessage]:
    """Unread messages that mention a user in these places, before a position in their inbox."""
    rows = await connection.fetch(
        f"""
        WITH {UNREAD}, given AS (
            SELECT id, created_at, channel_id, seq FROM unread
            WHERE (created_at, channel_id, seq) < ($3, $4, $5)
            ORDER BY created_at DESC, channel_id DESC, seq DESC LIMIT $6
        )
        {ITEMS}
        """,
        user_id,
        places.channels,
        before.created_at,
        before.channel_id,
        before.seq,
        limit,
    )
    return [_mentioning(row) for row in rows]


async def last_unread(connection: Connection, user_id: UUID, places: Places) -> list[tuple[UUID, UUID]]:
    """For each place with unread messages that mention the user: the place and the last of these messages."""
    rows = await connection.fetch(
        f"WITH {UNREAD} SELECT DISTINCT ON (channel_id) channel_id, id FROM unread ORDER BY channel_id, seq DESC",
        user_id,
        places.channels,
    )
    return [(row["channel_id"], row["id"]) for row in rows]


def _mentioning(row: Row) -> MentioningMessage:
    return MentioningMessage(placed(row), row["server_id"], row["answers"], row["is_read"])
