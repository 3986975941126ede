"""The statements that read topic positions for subscriptions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from coterie.database.connection import Connection
from coterie.permissions.watch import DECISIVE


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic's position, and the lowest position from which a client can still resume."""

    position: int
    floor: int


async def states(connection: Connection, topics: Iterable[UUID]) -> dict[UUID, TopicState]:
    """The positions of topics; those that are gone are left out."""
    rows = await connection.fetch("SELECT id, position, floor FROM topics WHERE id = ANY($1)", list(topics))
    return {row["id"]: TopicState(row["position"], row["floor"]) for row in rows}


async def taken_part_in(connection: Connection, user_id: UUID, among: Collection[UUID] | None) -> list[UUID]:
    """The conversations that a user participates in; with `among`, only of these."""
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
    """The friends whose presence a user receives."""
    rows = await connection.fetch(
        "SELECT contact_user_id FROM contacts WHERE user_id = $1 AND state = 'friend'", user_id
    )
    return [row["contact_user_id"] for row in rows]


async def has_decisive_change(connection: Connection, server_id: UUID, user_id: UUID, since: int) -> bool:
    """Whether what a user may view in a server changed since a position, apart from new channels."""
    found = await connection.fetchval(
        """
        SELECT TRUE FROM changes
        WHERE topic_id = $1 AND position > $2 AND (
            key = 'members/' || $3::uuid
            OR (split_part(key, '/', 1) = ANY($4) AND (is_removal OR key NOT LIKE 'channels/%')))
        LIMIT 1
        """,
        server_id,
        since,
        user_id,
        DECISIVE,
    )
    return bool(found)
