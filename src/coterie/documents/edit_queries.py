"""The statements about edits: stored in the order of their positions, read again by position or by version."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from coterie.database.announcing import announce, notifies
from coterie.database.connection import Connection, Row
from coterie.documents.deltas import Delta, Patch, of_patches, patches_of
from coterie.documents.versions import EditId, beginning
from coterie.log.append import CHANNEL

PAGE: Final = 1_000
"""Edits read at a time."""

BETWEEN: Final = "\n"
"""Between version ids that travel as one text: it is in none of them."""

decoder: Final = msgspec.json.Decoder(list[Patch])


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """An accepted edit, as the table describes it. `bridge` is empty where the author had nothing else."""

    position: int
    id: EditId
    size: int
    parents: list[str]
    patches: list[Patch]
    applied: Delta
    bridge: Delta
    base: int
    frontier: list[str]
    engine: bytes
    epoch: int
    peer: str | None
    user_id: UUID | None
    created_at: datetime

    @property
    def inserted(self) -> int:
        """Code points that came, of those that the size counts."""
        return sum(len(patch.content) for patch in self.patches)

    @property
    def sent(self) -> Delta:
        """What the author did to the text that they had."""
        return of_patches(self.patches)


class Standing(NamedTuple):
    """A document whose topic is locked, and where its channel's rights come and go, and how far that has come."""

    channel_id: UUID
    is_archived: bool
    length: int
    frontier: list[str]
    home: UUID
    as_of: int


class Step(NamedTuple):
    """What an engine has to know of an edit."""

    position: int
    applied: Delta
    frontier: list[str]
    engine: bytes
    epoch: int


class Made(NamedTuple):
    """Who made an edit and when, and how many code points it deleted and inserted, and of these inserted."""

    position: int
    frontier: list[str]
    user_id: UUID | None
    created_at: datetime
    size: int
    inserted: int


async def standing(connection: Connection, document_id: UUID) -> Standing | None:
    """Where a document stands; with its topic locked it stays so."""
    row = await connection.fetchrow(
        """
        SELECT channel_id, archived_at IS NOT NULL AS is_archived, length, frontier, home.id AS home, home.position
        FROM documents JOIN channels ON channels.id = documents.channel_id
        JOIN topics AS home ON home.id = coalesce(channels.server_id, channels.id)
        WHERE documents.id = $1
        """,
        document_id,
    )
    return Standing(*row) if row is not None else None


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


async def made(connection: Connection, document_id: UUID, until: int | None, limit: int) -> list[Made]:
    """A page of the edits up to a position, the newest first."""
    rows = await connection.fetch(
        """
        SELECT position, frontier, user_id, created_at, size, inserted FROM document_edits
        WHERE document_id = $1 AND ($2::bigint IS NULL OR position <= $2) ORDER BY position DESC LIMIT $3
        """,
        document_id,
        until,
        limit,
    )
    return [Made(*row) for row in rows]


async def made_at(connection: Connection, document_id: UUID, positions: Collection[int]) -> dict[int, Made]:
    """The edits at these positions, read by pages."""
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
    """A page of the edits after a position, for an engine."""
    rows = await connection.fetch(
        """
        SELECT position, coalesce(applied, patches) AS applied, frontier, engine, epoch FROM document_edits
        WHERE document_id = $1 AND position > $2 ORDER BY position LIMIT $3
        """,
        document_id,
        after,
        PAGE,
    )
    return [
        Step(row["position"], delta_of(row["applied"]), row["frontier"], row["engine"], row["epoch"]) for row in rows
    ]


async def applied_between(connection: Connection, document_id: UUID, after: int, until: int) -> list[tuple[int, Delta]]:
    """What the edits after a position and up to another did, one after the other, each with its position.

    They are read by pages, so that nobody else has to wait while a long history is read.
    """
    found: list[tuple[int, Delta]] = []
    while True:
        rows = await connection.fetch(
            """
            SELECT position, coalesce(applied, patches) AS applied FROM document_edits
            WHERE document_id = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4
            """,
            document_id,
            found[-1][0] if found else after,
            until,
            PAGE,
        )
        found += [(row["position"], delta_of(row["applied"])) for row in rows]
        if len(rows) < PAGE:
            return found


async def around(connection: Connection, document_id: UUID, ids: Collection[EditId]) -> list[StoredEdit]:
    """The edits in whose runs these ids are, or that are next to them among the edits of the same agent."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (found.position) found.position, found.agent, seq, size, parents, patches, applied, bridge,
               base, frontier, engine, epoch, peer, user_id, created_at
        FROM unnest($2::text[], $3::bigint[]) AS given (agent, number)
        CROSS JOIN LATERAL (
            (SELECT position, document_edits.agent, seq, size, parents, patches, applied, bridge, base, frontier,
                    engine, epoch, peer, user_id, created_at
             FROM document_edits
             WHERE document_id = $1 AND document_edits.agent = given.agent AND seq >= given.number
             ORDER BY seq LIMIT 1)
            UNION ALL
            (SELECT position, document_edits.agent, seq, size, parents, patches, applied, bridge, base, frontier,
                    engine, epoch, peer, user_id, created_at
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
        SELECT position, agent, seq, size, parents, patches, applied, bridge, base, frontier, engine, epoch, peer,
               user_id, created_at
        FROM document_edits WHERE document_id = $1 AND position > $2 ORDER BY position LIMIT $3
        """,
        document_id,
        after,
        limit,
    )
    return [stored(row) for row in rows]


async def newest_of_peer(
    connection: Connection, document_id: UUID, peer: str, after: int, until: int
) -> StoredEdit | None:
    """The last edit between two positions that came by way of a subscription."""
    row = await connection.fetchrow(
        """
        SELECT position, agent, seq, size, parents, patches, applied, bridge, base, frontier, engine, epoch, peer,
               user_id, created_at
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


async def insert(
    connection: Connection, document_id: UUID, accepted: Sequence[StoredEdit], length: int, said: Sequence[str]
) -> None:
    """Store edits at the end of a locked document, whose text is `length` long then, and tell the bus at commit."""
    newest = accepted[-1]
    rows = await connection.fetch(
        f"""
        WITH written AS (
            INSERT INTO document_edits (
                document_id, position, agent, seq, size, inserted, parents, patches, applied, bridge, base, frontier,
                engine, epoch, peer, user_id, created_at)
            SELECT $1, position, agent, seq, size, inserted, string_to_array(parents, E'\\n'), patches::json,
                   applied::json, bridge::json, base, string_to_array(frontier, E'\\n'), engine, epoch, peer, user_id,
                   created_at
            FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::text[],
                        $9::text[], $10::bigint[], $11::text[], $12::bytea[], $13::text[], $14::uuid[],
                        $15::timestamptz[], $23::int[], $24::bigint[])
                AS given (position, agent, seq, size, parents, patches, applied, bridge, base, frontier, engine, peer,
                          user_id, created_at, inserted, epoch)
        ), moved AS (
            UPDATE topics SET position = $16 WHERE id = $1
        ), changed AS (
            UPDATE documents
            SET length = $17, frontier = $18, updated_by = $19, updated_at = $20, is_untold = TRUE WHERE id = $1
        )
        SELECT CASE WHEN $22 THEN pg_notify('{CHANNEL}', notification)::text ELSE notification END AS notification
        FROM unnest($21::text[]) WITH ORDINALITY AS said (notification, number) ORDER BY number
        """,
        document_id,
        [edit.position for edit in accepted],
        [edit.id.agent for edit in accepted],
        [edit.id.seq for edit in accepted],
        [edit.size for edit in accepted],
        [BETWEEN.join(edit.parents) for edit in accepted],
        [_json(edit.patches) for edit in accepted],
        [None if edit.applied == edit.sent else _json(patches_of(edit.applied)) for edit in accepted],
        [_json(patches_of(edit.bridge)) if edit.bridge else None for edit in accepted],
        [edit.base for edit in accepted],
        [BETWEEN.join(edit.frontier) for edit in accepted],
        [edit.engine for edit in accepted],
        [edit.peer for edit in accepted],
        [edit.user_id for edit in accepted],
        [edit.created_at for edit in accepted],
        newest.position,
        length,
        newest.frontier,
        newest.user_id,
        newest.created_at,
        list(said),
        notifies(connection),
        [edit.inserted for edit in accepted],
        [edit.epoch for edit in accepted],
    )
    announce(connection, (row["notification"] for row in rows))


def delta_of(patches: str) -> Delta:
    """A delta as it is stored: as patches."""
    return of_patches(decoder.decode(patches))


def stored(row: Row) -> StoredEdit:
    """An edit as it was read."""
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
        engine=row["engine"],
        epoch=row["epoch"],
        peer=row["peer"],
        user_id=row["user_id"],
        created_at=row["created_at"],
    )


def _json(patches: Sequence[Patch]) -> str:
    return msgspec.json.encode(patches).decode()
