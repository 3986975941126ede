"""The statements with which a subscription finds where its topics stand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from coterie.database.connection import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a topic is, and the position below which it can no longer be resumed."""

    position: int
    floor: int


async def standings(connection: Connection, topics: Iterable[UUID]) -> dict[UUID, Standing]:
    """Where topics stand; those that are gone are missing."""
    rows = await connection.fetch("SELECT id, position, floor FROM topics WHERE id = ANY($1)", list(topics))
    return {row["id"]: Standing(row["position"], row["floor"]) for row in rows}


async def taken_part_in(connection: Connection, user_id: UUID, among: Collection[UUID] | None) -> list[UUID]:
    """The conversations in which somebody takes part; with `among` of these."""
    rows = await connection.fetch(
        """
        SELECT conversation_id FROM conversation_participants
        WHERE user_id = $1 AND ($2::uuid[] IS NULL OR conversation_id = ANY($2))
        """,
        user_id,
        among,
    )
    return [row["conversation_id"] for row in rows]


async def friends(connection: Connection, user_id: UUID) -> list[UUID]:
    """Whose presence somebody is told because they are friends."""
    rows = await connection.fetch(
        "SELECT contact_user_id FROM contacts WHERE user_id = $1 AND state = 'friend'", user_id
    )
    return [row["contact_user_id"] for row in rows]


async def has_decisive_change(connection: Connection, server_id: UUID, user_id: UUID, since: int) -> bool:
    """Whether what somebody may view in a server may be another than at a position."""
    found = await connection.fetchval(
        """
        SELECT TRUE FROM changes
        WHERE topic_id = $1 AND position > $2 AND (
            key = 'server' OR key = 'members/' || $3::uuid OR key LIKE 'roles/%' OR key LIKE 'overrides/%'
            OR (key LIKE 'channels/%' AND is_removal))
        LIMIT 1
        """,
        server_id,
        since,
        user_id,
    )
    return bool(found)
