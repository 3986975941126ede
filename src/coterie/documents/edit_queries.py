"""The SQL statements for edits: they are stored in order of position, and read by position or by version."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from coterie.database.connection import Connection, Row
from coterie.documents.deltas import Delta, Patch, of_patches
from coterie.documents.models import HistoryEntry
from coterie.documents.versions import EditId, beginning

TOGETHER: Final = timedelta(minutes=1)
"""Consecutive edits of an author within this time are one entry of the history, or one range."""

PAGE: Final = 1_000
"""Edits read at once."""

BETWEEN: Final = "\n"
"""Separates version ids that are passed as one text: no id contains it."""

decoder: Final = msgspec.json.Decoder(list[Patch])


class ThinnedError(Exception):
    """What an edit changed was wanted, and is no longer kept (`coterie.documents.thinning`)."""


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """An accepted edit, as in the table. `bridge` is empty if the author had the newest text."""

    position: int
    id: EditId
    size: int
    parents: list[str]
    patches: list[Patch]
    applied: Delta
    bridge: Delta
    base: int
    frontier: list[str]
    peer: str | None
    user_id: UUID | None
    created_at: datetime

    @property
    def is_thinned(self) -> bool:
        """Whether what it changed is no longer kept."""
        return self.size > 0 and not self.patches

    @property
    def inserted(self) -> int:
        """How many of the code points in the size were inserted."""
        return sum(len(patch.content) for patch in self.patches)

    @property
    def sent(self) -> Delta:
        """What the author changed in their own text."""
        return of_patches(self.patches)


class DocumentHead(NamedTuple):
    """A document whose topic is locked, and where its channel's permissions come and go, and how far that has come."""

    channel_id: UUID
    is_archived: bool
    length: int
    frontier: list[str]
    home: UUID
    as_of: int


class Step(NamedTuple):
    """What a text needs of an edit."""

    position: int
    applied: Delta
    frontier: list[str]


class Made(NamedTuple):
    """Who made an edit and when, how many code points it deleted and inserted, and how many of them it inserted."""

    position: int
    frontier: list[str]
    user_id: UUID | None
    created_at: datetime
    size: int
    inserted: int


async def head(connection: Connection, document_id: UUID) -> DocumentHead | None:
    """The newest state of a document; it does not change while its topic is locked."""
    row = await connection.fetchrow(
        """
        SELECT channel_id, archived_at IS NOT NULL AS is_archived, length, frontier, home.id AS home, home.position
        FROM documents JOIN channels ON channels.id = documents.channel_id
        JOIN topics AS home ON home.id = coalesce(channels.server_id, channels.id)
        WHERE documents.id = $1
        """,
        document_id,
    )
    return DocumentHead(*row) if row is not None else None


async def frontier_before(connection: Connection, document_id: UUID, position: int) -> list[str] | None:
    """The name of the text before the edit at a position; None if it is the first."""
    found: list[str] | None = await connection.fetchval(
        """
        SELECT frontier FROM document_edits
        WHERE document_id = $1 AND position < $2 ORDER BY position DESC LIMIT 1
        """,
        document_id,
        position,
    )
    return found


async def frontier_at(connection: Connection, document_id: UUID, position: int) -> list[str]:
    """The name of the text at a position."""
    return await frontier_before(connection, document_id, position + 1) or beginning(document_id)


async def newest_position(connection: Connection, document_id: UUID) -> int:
    """The position of the newest edit; 0 if there is none."""
    found = await connection.fetchval(
        "SELECT position FROM document_edits WHERE document_id = $1 ORDER BY position DESC LIMIT 1", document_id
    )
    return found or 0


async def entries(connection: Connection, document_id: UUID, until: int | None, limit: int) -> list[HistoryEntry]:
    """The edits up to a position, newest first: those of an author that are close together are one entry.

    Reads at most `limit` edits, so the last entry may be incomplete.
    """
    rows = await connection.fetch(
        """
        WITH newest AS (
            SELECT position, user_id, created_at, size, inserted FROM document_edits
            WHERE document_id = $1 AND ($2::bigint IS NULL OR position <= $2) ORDER BY position DESC LIMIT $3
        ), judged AS (
            SELECT position, size, inserted,
                   user_id IS DISTINCT FROM lag(user_id) OVER newer
                       OR lag(created_at) OVER newer - created_at > $4 AS is_first
            FROM newest WINDOW newer AS (ORDER BY position DESC)
        ), numbered AS (
            SELECT position, size, inserted, count(*) FILTER (WHERE is_first) OVER (ORDER BY position DESC) AS number
            FROM judged
        ), entry AS (
            SELECT max(position) AS position, sum(size - inserted) AS deleted, sum(inserted) AS inserted,
                   count(*) AS edits
            FROM numbered GROUP BY number
        )
        SELECT edit.position, frontier AS version, user_id, created_at, deleted, entry.inserted, edits
        FROM entry JOIN document_edits AS edit ON document_id = $1 AND edit.position = entry.position
        ORDER BY edit.position DESC
        """,
        document_id,
        until,
        limit,
        TOGETHER,
    )
    return [HistoryEntry(**row) for row in rows]


async def made_at(connection: Connection, document_id: UUID, positions: Collection[int]) -> dict[int, Made]:
    """The edits at these positions, read in pages."""
    found: dict[int, Made] = {}
    wanted = sorted(positions)
    for first in range(0, len(wanted), PAGE):
        rows = await connection.fetch(
            """
            SELECT position, frontier, user_id, created_at, size, inserted FROM document_edits
            WHERE document_id = $1 AND position = ANY($2)
            """,
            document_id,
            wanted[first : first + PAGE],
        )
        found |= {row["position"]: Made(*row) for row in rows}
    return found


async def steps(connection: Connection, document_id: UUID, after: int) -> list[Step]:
    """A page of the edits after a position, for a text. Raises ThinnedError."""
    rows = await connection.fetch(
        """
        SELECT position, coalesce(applied, patches) AS applied, frontier,
               size > 0 AND octet_length(patches::text) = 2 AS is_thinned
        FROM document_edits WHERE document_id = $1 AND position > $2 ORDER BY position LIMIT $3
        """,
        document_id,
        after,
        PAGE,
    )
    _check_whole(rows)
    return [Step(row["position"], delta_of(row["applied"]), row["frontier"]) for row in rows]


async def applied_between(connection: Connection, document_id: UUID, after: int, until: int) -> list[tuple[int, Delta]]:
    """The deltas of the edits after a position and up to another, in order, each with its position.

    They are read in pages, so that reading a long history does not make others wait. Raises ThinnedError.
    """
    found: list[tuple[int, Delta]] = []
    while True:
        rows = await connection.fetch(
            """
            SELECT position, coalesce(applied, patches) AS applied,
                   size > 0 AND octet_length(patches::text) = 2 AS is_thinned
            FROM document_edits
            WHERE document_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4
            """,
            document_id,
            found[-1][0] if found else after,
            until,
            PAGE,
        )
        _check_whole(rows)
        found += [(row["position"], delta_of(row["applied"])) for row in rows]
        if len(rows) < PAGE:
            return found


async def around(connection: Connection, document_id: UUID, ids: Collection[EditId]) -> list[StoredEdit]:
    """The edits whose runs contain these ids, and their neighbours among the edits of the same agent."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (found.position) found.position, found.agent, seq, size, parents, patches, applied, bridge,
               base, frontier, peer, user_id, created_at
        FROM unnest($2::text[], $3::bigint[]) AS given (agent, number)
        CROSS JOIN LATERAL (
            (SELECT position, document_edits.agent, seq, size, parents, patches, applied, bridge, base, frontier,
                    peer, user_id, created_at
             FROM document_edits
             WHERE document_id = $1 AND document_edits.agent = given.agent AND seq >= given.number
             ORDER BY seq LIMIT 1)
            UNION ALL
            (SELECT position, document_edits.agent, seq, size, parents, patches, applied, bridge, base, frontier,
                    peer, user_id, created_at
             FROM document_edits
             WHERE document_id = $1 AND document_edits.agent = given.agent AND seq < given.number
             ORDER BY seq DESC LIMIT 1)
        ) AS found
        """,
        document_id,
        [each.agent for each in ids],
        [each.seq for each in ids],
    )
    return [stored(row) for row in rows]


async def edits(connection: Connection, document_id: UUID, after: int, limit: int) -> list[StoredEdit]:
    """A page of the edits after a position."""
    rows = await connection.fetch(
        """
        SELECT position, agent, seq, size, parents, patches, applied, bridge, base, frontier, peer, user_id,
               created_at
        FROM document_edits WHERE document_id = $1 AND position > $2 ORDER BY position LIMIT $3
        """,
        document_id,
        after,
        limit,
    )
    return [stored(row) for row in rows]


async def altered(connection: Connection, document_id: UUID, after: int, until: int) -> list[int]:
    """The positions of edits after `after` and up to `until` whose checksum does not match what they changed."""
    rows = await connection.fetch(
        """
        SELECT position FROM document_edits
        WHERE document_id = $1 AND position > $2 AND position <= $3 AND checksum IS DISTINCT FROM
            substring(sha256(convert_to(position || ' ' || coalesce(applied, patches)::text, 'UTF8')) FOR 8)
        ORDER BY position
        """,
        document_id,
        after,
        until,
    )
    return [row["position"] for row in rows]


async def newest_of_peer(
    connection: Connection, document_id: UUID, peer: str, after: int, until: int
) -> StoredEdit | None:
    """The last edit between two positions that was made with a subscription's peer."""
    row = await connection.fetchrow(
        """
        SELECT position, agent, seq, size, parents, patches, applied, bridge, base, frontier, peer, user_id,
               created_at
        FROM document_edits
        WHERE document_id = $1 AND position > $3 AND position <= $4 AND peer = $2
        ORDER BY position DESC LIMIT 1
        """,
        document_id,
        peer,
        after,
        until,
    )
    return stored(row) if row is not None else None


def _check_whole(rows: Sequence[Row]) -> None:
    if any(row["is_thinned"] for row in rows):
        raise ThinnedError


def delta_of(patches: str) -> Delta:
    """A delta from its stored form, which is patches."""
    return of_patches(decoder.decode(patches))


def stored(row: Row) -> StoredEdit:
    """An edit from its row."""
    patches = decoder.decode(row["patches"])
    return StoredEdit(
        position=row["position"],
        id=EditId(row["agent"], row["seq"]),
        size=row["size"],
        parents=row["parents"],
        patches=patches,
        applied=of_patches(patches) if row["applied"] is None else delta_of(row["applied"]),
        bridge=() if row["bridge"] is None else delta_of(row["bridge"]),
        base=row["base"],
        frontier=row["frontier"],
        peer=row["peer"],
        user_id=row["user_id"],
        created_at=row["created_at"],
    )


def as_json(patches: Sequence[Patch]) -> str:
    return msgspec.json.encode(patches).decode()
