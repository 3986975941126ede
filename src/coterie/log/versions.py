"""The names that clients give their own changes: each stands for a position of its topic, for ever.

Whoever reads a name in a stream has everything up to its position. Who gave it need not: others may have written just
before. So it is kept what an author had when they wrote, and they resume from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from coterie.database.connection import Connection


@dataclass(frozen=True, slots=True)
class ClientVersion:
    """A client's name (None if it gave none) for the change at a position, and a digest of what it said."""

    topic: UUID
    name: str | None
    position: int
    digest: bytes


def own_name(topic: UUID, position: int) -> str:
    """The server's own version id of a position. The part behind the @ tells topics and instances apart."""
    return f"{position}@{topic.hex[-12:]}"


async def used(connection: Connection, names: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], bytes]:
    """The digests of those names, each with its topic, that were used before."""
    rows = await connection.fetch(
        """
        SELECT given.topic_id, given.client_version, digest
        FROM unnest($1::uuid[], $2::text[]) AS given (topic_id, client_version)
        CROSS JOIN LATERAL (
            SELECT digest FROM client_versions
            WHERE client_versions.topic_id = given.topic_id
              AND client_versions.client_version = given.client_version LIMIT 1
        ) AS known
        """,
        [topic for topic, _ in names],
        [name for _, name in names],
    )
    return {(row["topic_id"], row["client_version"]): row["digest"] for row in rows}


async def record(connection: Connection, versions: Sequence[ClientVersion]) -> None:
    """Keep the names of changes, in the transaction that makes them."""
    named = [version for version in versions if version.name is not None]
    if named:
        await connection.execute(
            """
            INSERT INTO client_versions (topic_id, client_version, position, digest)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bytea[])
            """,
            [version.topic for version in named],
            [version.name for version in named],
            [version.position for version in named],
            [version.digest for version in named],
        )


async def position_of(connection: Connection, topic: UUID, name: str) -> int | None:
    """Which position a client's name stands for."""
    position: int | None = await connection.fetchval(
        "SELECT position FROM client_versions WHERE topic_id = $1 AND client_version = $2", topic, name
    )
    return position


async def note_parents(connection: Connection, topic: UUID, name: str, author: UUID, position: int | None) -> None:
    """Keep up to where an author had everything when they made a write of this name; before it is made."""
    await connection.execute(
        """
        INSERT INTO client_version_parents (topic_id, client_version, author_id, position) VALUES ($1, $2, $3, $4)
        ON CONFLICT (topic_id, client_version, author_id) DO NOTHING
        """,
        topic,
        name,
        author,
        position,
    )


async def certain_position(connection: Connection, topic: UUID, name: str, reader: UUID) -> int | None:
    """Up to where a reader who names a client's change has everything; None if that is not known."""
    position: int | None = await connection.fetchval(
        """
        SELECT CASE WHEN had.author_id IS NULL OR had.position = named.position - 1 THEN named.position
                    ELSE had.position END
        FROM client_versions AS named
        LEFT JOIN client_version_parents AS had
            ON had.topic_id = $1 AND had.client_version = $2 AND had.author_id = $3
        WHERE named.topic_id = $1 AND named.client_version = $2
        """,
        topic,
        name,
        reader,
    )
    return position


async def names_of(connection: Connection, topic: UUID, positions: Sequence[int]) -> dict[int, str]:
    """The clients' names of the changes at these positions, as far as they have any."""
    rows = await connection.fetch(
        "SELECT position, client_version FROM client_versions WHERE topic_id = $1 AND position = ANY($2)",
        topic,
        positions,
    )
    return {row["position"]: row["client_version"] for row in rows}
