"""What an import records: its progress, which id became which, and what was left out or changed and why."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from coterie.database.columns import columns
from coterie.database.connection import Connection, OneConnection, Row
from coterie.identifiers import new_id

SourceKind = Literal["xfchat", "together"]

LOCK: Final = 0x636F746572696D70
"""One import at a time: any constant that no other advisory lock of the database uses."""

NOTE_LENGTH: Final = 300
WHOLE: Final = "*"
"""Stands for the id in a note about a whole table."""


class Import(Struct, frozen=True):
    """An import of one source. `stage` and `last_key` are what was stored last; `finished_at` is set when all was."""

    id: UUID
    kind: SourceKind
    source: str
    stage: str | None
    last_key: list[str] | None
    begun_at: datetime
    finished_at: datetime | None


class Note(Struct, frozen=True):
    """A row of the source was left out (`is_left`) or changed, and why; `detail` is specific to this row."""

    kind: str
    old_id: str
    reason: str
    is_left: bool
    detail: str = ""


NOTED: Final = columns(Note, after=1)


async def begin(connection: Connection, kind: SourceKind, source: str) -> Import:
    """The import of this source: the existing one, or a new one."""
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
    """Record the progress, in the transaction that made it. Without a stage, all was imported: a further run begins
    again, and finds what is there."""
    await connection.execute(
        """
        UPDATE imports SET stage = $2, last_key = $3, finished_at = CASE WHEN $2::text IS NULL THEN now() END
        WHERE id = $1
        """,
        import_id,
        stage,
        last_key,
    )


async def imports(connection: Connection) -> list[Row]:
    """All imports, the newest first, each with its number of notes."""
    return await connection.fetch(
        """
        SELECT id, kind, source, stage, last_key, begun_at, finished_at,
               (SELECT count(*) FROM import_notes WHERE import_id = imports.id AND is_left) AS left_out,
               (SELECT count(*) FROM import_notes WHERE import_id = imports.id AND NOT is_left) AS changed
        FROM imports ORDER BY begun_at DESC
        """
    )


async def write_notes(connection: Connection, import_id: UUID, notes: Iterable[Note]) -> None:
    """Store notes; one that exists already is not stored twice."""
    short = [replace(note, old_id=note.old_id[:NOTE_LENGTH], detail=note.detail[:NOTE_LENGTH]) for note in notes]
    await connection.execute(
        f"""
        INSERT INTO import_notes (import_id, {NOTED.names}) SELECT $1, {NOTED.names} FROM {NOTED.given}
        ON CONFLICT (import_id, kind, old_id, reason) DO NOTHING
        """,
        import_id,
        *NOTED.arrays(short),
    )


async def forget_what_was_left(connection: Connection, import_id: UUID) -> None:
    """For a run from the beginning, which checks those rows again: they may be imported now."""
    await connection.execute("DELETE FROM import_notes WHERE import_id = $1 AND is_left", import_id)


async def notes(connection: OneConnection, import_id: UUID) -> AsyncIterator[Note]:
    """An import's notes in the order of their keys."""
    async with connection.transaction():
        async for row in connection.cursor(
            """
            SELECT kind, old_id, reason, is_left, detail FROM import_notes
            WHERE import_id = $1 ORDER BY kind, old_id, reason
            """,
            import_id,
        ):
            yield Note(**row)


async def note_counts(connection: Connection, import_id: UUID) -> list[Row]:
    """The number of rows left out or changed, for each table and reason."""
    return await connection.fetch(
        """
        SELECT kind, reason, is_left, count(*), min(old_id) AS example FROM import_notes WHERE import_id = $1
        GROUP BY kind, reason, is_left ORDER BY kind, is_left DESC, count(*) DESC, reason
        """,
        import_id,
    )


async def noted(connection: Connection, import_id: UUID, kind: str, old_ids: Collection[str]) -> dict[str, bool]:
    """Which of these rows have notes, and whether one says that the row was left out."""
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
