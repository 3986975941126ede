"""The statements about many conversations at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from coterie.conversations.models import Participant, SharedConversation
from coterie.database.columns import columns
from coterie.database.connection import Connection

Pair = tuple[UUID, UUID]


class NewConversation(NamedTuple):
    """A conversation without its people; of a direct one `direct_low` and `direct_high` are the two, in order."""

    id: UUID
    name: str | None
    created_at: datetime
    is_direct: bool
    direct_low: UUID | None
    direct_high: UUID | None
    description: str | None
    owner_id: UUID | None


class NewParticipant(NamedTuple):
    conversation_id: UUID
    user_id: UUID
    joined_at: datetime


MADE: Final = columns(NewConversation)
JOINING: Final = columns(NewParticipant)


async def insert(connection: Connection, made: Sequence[NewConversation]) -> None:
    """New conversations with their topics, with nobody in them yet."""
    await connection.execute(
        f"""
        WITH given AS (
            SELECT {MADE.names} FROM {MADE.given}
        ), opened AS (
            INSERT INTO topics (id, kind) SELECT id, 'conversation' FROM given
        ), place AS (
            INSERT INTO channels (id, name, type, created_at) SELECT id, name, 'text', created_at FROM given
        )
        INSERT INTO conversations (id, is_direct, direct_low, direct_high, description, owner_id)
        SELECT id, is_direct, direct_low, direct_high, description, owner_id FROM given
        """,
        *MADE.arrays(made),
    )


async def add(connection: Connection, people: Sequence[NewParticipant]) -> dict[Pair, Participant]:
    """Add participants; returns those who did not take part before, by conversation and user."""
    rows = await connection.fetch(
        f"""
        WITH joined AS (
            INSERT INTO conversation_participants ({JOINING.names}) SELECT {JOINING.names} FROM {JOINING.given}
            ON CONFLICT (conversation_id, user_id) DO NOTHING
            RETURNING conversation_id, user_id, joined_at
        )
        SELECT conversation_id, user_id, person.username, person.avatar_url, joined_at
        FROM joined CROSS JOIN LATERAL (
            SELECT username, avatar_url FROM users WHERE users.id = joined.user_id LIMIT 1
        ) AS person
        """,
        *JOINING.arrays(people),
    )
    return {
        (row["conversation_id"], row["user_id"]): Participant(
            row["user_id"], row["username"], row["avatar_url"], row["joined_at"]
        )
        for row in rows
    }


async def conversations(connection: Connection, ids: Collection[UUID]) -> dict[UUID, SharedConversation]:
    """Those of these conversations that there are."""
    rows = await connection.fetch(
        """
        SELECT conversations.id, is_direct, name, description, owner_id, created_at
        FROM conversations JOIN channels ON channels.id = conversations.id WHERE conversations.id = ANY($1)
        """,
        list(ids),
    )
    return {row["id"]: SharedConversation(**row) for row in rows}


async def direct(connection: Connection, pairs: Iterable[Pair]) -> dict[Pair, UUID]:
    """The direct conversations of these pairs, each in the order of their ids, that there are."""
    given = list(pairs)
    rows = await connection.fetch(
        """
        SELECT direct_low, direct_high, found.id FROM unnest($1::uuid[], $2::uuid[]) AS given (direct_low, direct_high)
        CROSS JOIN LATERAL (
            SELECT id FROM conversations
            WHERE conversations.direct_low = given.direct_low AND conversations.direct_high = given.direct_high LIMIT 1
        ) AS found
        """,
        [low for low, _ in given],
        [high for _, high in given],
    )
    return {(row["direct_low"], row["direct_high"]): row["id"] for row in rows}
