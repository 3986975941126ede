"""What an import keeps of itself: how far it is, which id became which, and what was left out or changed and why."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from coterie.database.connection import Connection, Row
from coterie.identifiers import new_id

Kind = Literal["xfchat", "together"]

LOCK: Final = 0x636F746572696D70
"""One import at a time: any constant that no other advisory lock of the database uses."""

NOTE_LENGTH: Final = 300
WHOLE: Final = "*"
"""Stands for the id in a note about a whole table."""


class Import(Struct, frozen=True):
    """An import of one source. `stage` and `last_key` say what was stored last, `finished_at` that all was."""

    id: UUID
    kind: Kind
    source: str
    stage: str | None
    last_key: list[str] | None
    begun_at: datetime
    finished_at: datetime | None


class Note(Struct, frozen=True):
    """That a row of the source was left out (`is_left`) or changed, and why; `detail` is what only this row has."""

    kind: str
    old_id: str
    reason: str
    is_left: bool
    detail: str = ""


async def begin(connection: Connection, kind: Kind, source: str) -> Import:
    """The import of this source: the one that was begun before, or a new one."""
    row = await connection.fetchrow(
        """
        INSERT INTO imports (id, kind, source, begun_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, source) DO UPDATE SET kind = excluded.kind
        RETURNING id, kind, source, stage, last_key, begun_at, finished_at
        """,
        new_id(),
        kind,
        source,
        datetime.now(UTC),
    )
    assert row is not None, "an insert or update answers its row"
    return Import(**row)


async def mark(connection: Connection, import_id: UUID, stage: str | None, last_key: Sequence[str] | None) -> None:
    """Note how far the import is, in the transaction that brought it there."""
    await connection.execute(
        "UPDATE imports SET stage = $2, last_key = $3, finished_at = NULL WHERE id = $1", import_id, stage, last_key
    )


async def finish(connection: Connection, import_id: UUID) -> None:
    """Note that all was brought; a further run begins anew, and finds what is there."""
    await connection.execute(
        "UPDATE imports SET stage = NULL, last_key = NULL, finished_at = $2 WHERE id = $1",
        import_id,
        datetime.now(UTC),
    )


async def imports(connection: Connection) -> list[Row]:
    """All imports, the newest first, each with how many notes it has."""
    return await connection.fetch(
        """
        SELECT id, kind, source, stage, last_key, begun_at, finished_at,
               (SELECT count(*) FROM import_notes WHERE import_id = imports.id AND is_left) AS left_out,
               (SELECT count(*) FROM import_notes WHERE import_id = imports.id AND NOT is_left) AS changed
        FROM imports ORDER BY begun_at DESC
        """
    )


async def known(connection: Connection, import_id: UUID, kind: str, old_ids: Collection[str]) -> dict[str, UUID]:
    """What became of these rows of the source."""
    rows = await connection.fetch(
        "SELECT old_id, new_id FROM import_ids WHERE import_id = $1 AND kind = $2 AND old_id = ANY($3)",
        import_id,
        kind,
        list(old_ids),
    )
    return {row["old_id"]: row["new_id"] for row in rows}


async def remember(connection: Connection, import_id: UUID, kind: str, ids: Mapping[str, UUID]) -> None:
    """Keep what became of rows of the source."""
    await connection.execute(
        """
        INSERT INTO import_ids (import_id, kind, old_id, new_id)
        SELECT $1, $2, old_id, new_id FROM unnest($3::text[], $4::uuid[]) AS given (old_id, new_id)
        ON CONFLICT (import_id, kind, old_id) DO NOTHING
        """,
        import_id,
        kind,
        list(ids.keys()),
        list(ids.values()),
    )


async def write_notes(connection: Connection, import_id: UUID, notes: Iterable[Note]) -> None:
    """Keep notes; one that is known already is not doubled."""
    given = list(notes)
    await connection.execute(
        """
        INSERT INTO import_notes (import_id, kind, old_id, reason, is_left, detail)
        SELECT $1, kind, old_id, reason, is_left, detail
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bool[], $6::text[])
            AS given (kind, old_id, reason, is_left, detail)
        ON CONFLICT (import_id, kind, old_id, reason) DO NOTHING
        """,
        import_id,
        [note.kind for note in given],
        [note.old_id[:NOTE_LENGTH] for note in given],
        [note.reason for note in given],
        [note.is_left for note in given],
        [note.detail[:NOTE_LENGTH] for note in given],
    )


async def forget_what_was_left(connection: Connection, import_id: UUID) -> None:
    """For a run from the beginning, which looks at it again: it may come now."""
    await connection.execute("DELETE FROM import_notes WHERE import_id = $1 AND is_left", import_id)


async def notes(connection: Connection, import_id: UUID, after: Note | None, limit: int) -> list[Note]:
    """A page of an import's notes in the order of their keys."""
    rows = await connection.fetch(
        """
        SELECT kind, old_id, reason, is_left, detail FROM import_notes
        WHERE import_id = $1 AND (kind, old_id, reason) > ($2, $3, $4)
        ORDER BY kind, old_id, reason LIMIT $5
        """,
        import_id,
        after.kind if after else "",
        after.old_id if after else "",
        after.reason if after else "",
        limit,
    )
    return [Note(**row) for row in rows]


async def note_counts(connection: Connection, import_id: UUID) -> list[Row]:
    """How many rows of which table were left out or changed, for each reason."""
    return await connection.fetch(
        """
        SELECT kind, reason, is_left, count(*), min(old_id) AS example FROM import_notes WHERE import_id = $1
        GROUP BY kind, reason, is_left ORDER BY kind, is_left DESC, count(*) DESC, reason
        """,
        import_id,
    )


async def noted(connection: Connection, import_id: UUID, kind: str, old_ids: Collection[str]) -> dict[str, bool]:
    """Which of these rows have notes, and whether one says that they were left out."""
    rows = await connection.fetch(
        """
        SELECT old_id, bool_or(is_left) AS is_left FROM import_notes
        WHERE import_id = $1 AND kind = $2 AND old_id = ANY($3) GROUP BY old_id
        """,
        import_id,
        kind,
        list(old_ids),
    )
    return {row["old_id"]: row["is_left"] for row in rows}
