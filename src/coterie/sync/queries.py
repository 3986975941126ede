"""The statements with which a subscription finds what it may follow, and where that stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from coterie.database.connection import Connection


@dataclass(frozen=True, slots=True)
class Followed:
    """A topic that a user may follow: the server it belongs to (none for the own affairs), and its position."""

    topic: UUID
    server: UUID | None
    position: int


async def followed(connection: Connection, user_id: UUID) -> dict[UUID, Followed]:
    """Every topic that a user may follow: the own affairs, their servers, and the channels of those."""
    rows = await connection.fetch(
        """
        WITH mine AS (SELECT server_id FROM server_members WHERE user_id = $1),
        followed AS (
            SELECT $1::uuid AS topic, NULL::uuid AS server
            UNION ALL SELECT server_id, server_id FROM mine
            UNION ALL SELECT id, server_id FROM channels JOIN mine USING (server_id)
        )
        SELECT topic, server, position FROM followed JOIN topics ON topics.id = topic
        """,
        user_id,
    )
    return {row["topic"]: Followed(**row) for row in rows}


async def followed_in(connection: Connection, user_id: UUID, server_id: UUID) -> dict[UUID, Followed]:
    """The topics of one server that a user may follow; none if they are not a member."""
    rows = await connection.fetch(
        """
        WITH mine AS (SELECT server_id FROM server_members WHERE user_id = $1 AND server_id = $2),
        followed AS (
            SELECT server_id AS topic, server_id AS server FROM mine
            UNION ALL SELECT id, server_id FROM channels JOIN mine USING (server_id)
        )
        SELECT topic, server, position FROM followed JOIN topics ON topics.id = topic
        """,
        user_id,
        server_id,
    )
    return {row["topic"]: Followed(**row) for row in rows}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a topic is, and the position below which it can no longer be resumed."""

    position: int
    floor: int


async def standings(connection: Connection, topics: Iterable[UUID]) -> dict[UUID, Standing]:
    """Where topics stand; those that are gone are missing."""
    rows = await connection.fetch("SELECT id, position, floor FROM topics WHERE id = ANY($1)", list(topics))
    return {row["id"]: Standing(row["position"], row["floor"]) for row in rows}
