"""The names that clients give their own changes: each is for a position of its topic, for as long as `forgetting.KEPT`.

A reader who names a version says that they have everything up to it, which is so if they read it in a stream. The
author of a write knows its name earlier, from the answer, and may lack what others wrote just before. What an author
*had* follows from the Parents of the write; without Parents it is everything. If it is less than everything, the name
is for the author alone the position that they had, and their own readers are sent the change under the server's name
(`unnamed_for`). So each name that a reader was sent is exact, and no name makes anyone miss a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.columns import columns
from coterie.database.connection import Connection, Row


@dataclass(frozen=True, slots=True)
class ClientVersion:
    """A client's name (None if it gave none) for the change at a position, and a digest of the change's content."""

    topic_id: UUID
    client_version: str | None
    position: int
    digest: bytes
    unnamed_for: UUID | None
    had: int | None


NAMED: Final = columns(ClientVersion)

NOTHING: Final = -1
"""What an author had whose Parents do not say it."""


@dataclass(frozen=True, slots=True)
class GivenName:
    """A client's name for a change; the readers of the user in `unnamed_for` know it by the server's name."""

    text: str
    unnamed_for: UUID | None


def given(name: str | None, author: UUID, had: int | None, position: int) -> GivenName | None:
    """The name of a change at a position by an author who had everything up to another; None: everything before it."""
    if name is None:
        return None
    return GivenName(name, author if had is not None and max(had, 0) < position - 1 else None)


def own_name(topic: UUID, position: int) -> str:
    """The server's own version id for a position. The part after the @ distinguishes topics and instances."""
    return f"{position}@{topic.hex[-12:]}"


async def used(connection: Connection, names: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], bytes | None]:
    """The digests of those names, each with its topic, that were used before; None if none is kept."""
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
    """Store the names of changes, in the transaction that makes them."""
    named = [version for version in versions if version.client_version is not None]
    if named:
        await connection.execute(
            f"INSERT INTO client_versions ({NAMED.names}) SELECT {NAMED.names} FROM {NAMED.given}",
            *NAMED.arrays(named),
        )


async def remember(connection: Connection, alias: ClientVersion) -> None:
    """Store the name of a write that changed nothing at a position, unless the name is in use."""
    await connection.execute(
        """
        INSERT INTO client_versions (topic_id, client_version, position, is_alias, unnamed_for, had)
        VALUES ($1, $2, $3, TRUE, $4, $5)
        ON CONFLICT (topic_id, client_version) DO NOTHING
        """,
        alias.topic_id,
        alias.client_version,
        alias.position,
        alias.unnamed_for,
        alias.had,
    )


async def position_of(connection: Connection, topic: UUID, name: str) -> int | None:
    """The position that a client's name is for."""
    position: int | None = await connection.fetchval(
        "SELECT position FROM client_versions WHERE topic_id = $1 AND client_version = $2", topic, name
    )
    return position


async def certain_position(connection: Connection, topic: UUID, name: str, reader: UUID) -> int | None:
    """The position up to which a reader who names a client's change has everything; None if the name is unknown."""
    position: int | None = await connection.fetchval(
        """
        SELECT CASE WHEN unnamed_for = $3 THEN had ELSE position END FROM client_versions
        WHERE topic_id = $1 AND client_version = $2
        """,
        topic,
        name,
        reader,
    )
    return position


async def names_of(connection: Connection, topic: UUID, positions: Sequence[int]) -> dict[int, GivenName]:
    """The clients' names of the changes at these positions, if they have any."""
    rows = await connection.fetch(
        """
        SELECT position, client_version, unnamed_for FROM client_versions
        WHERE topic_id = $1 AND position = ANY($2) AND NOT is_alias
        """,
        topic,
        positions,
    )
    return {row["position"]: GivenName(row["client_version"], row["unnamed_for"]) for row in rows}


LINEAGE: Final = """
    LEFT JOIN LATERAL (
        SELECT CASE WHEN unnamed_for IS DISTINCT FROM $2 THEN client_version END AS given_name, had
        FROM client_versions
        WHERE topic_id = changed.channel_id AND client_versions.position = changed.version AND NOT is_alias LIMIT 1
    ) AS named ON TRUE
"""
"""Joins to messages `changed` what `lineages` needs: the names that the user $2 is told."""


class Lineage(NamedTuple):
    """The version of a change, and the one that its author named as its Parents, or the one before it."""

    version: str
    parents: list[str]


def lineages(topic: UUID, rows: Sequence[Row]) -> list[Lineage]:
    """The names of changes, from rows with `version`, `given_name` and `had`.

    A parent that is not among the rows has the server's name.
    """
    names = {row["version"]: row["given_name"] for row in rows}

    def name(position: int) -> str:
        return names.get(position) or own_name(topic, position)

    parents = [row["version"] - 1 if row["had"] is None else row["had"] for row in rows]
    return [
        Lineage(name(row["version"]), [name(parent)] if parent > 0 else [])
        for row, parent in zip(rows, parents, strict=True)
    ]


async def forget(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest names from before a moment, and count them."""
    rows = await connection.fetch(
        """
        DELETE FROM client_versions USING (
            SELECT topic_id, client_version FROM client_versions
            WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE client_versions.topic_id = old.topic_id AND client_versions.client_version = old.client_version
        RETURNING client_versions.topic_id
        """,
        before,
        limit,
    )
    return len(rows)
