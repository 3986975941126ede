"""What the stages of an import work with: the source, a batch's transaction, which id became which, and notes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from coterie.database.connection import OneConnection, Row
from coterie.files.receiving import Files
from coterie.importing import records
from coterie.importing.records import Import, Note
from coterie.importing.source import Source

Find = Callable[..., Awaitable[list[Row]]]
"""Takes a connection and lists of ids, and answers the rows of those that exist, with an `id`."""


async def find_accounts(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id, created_at FROM users WHERE id = ANY($1)", ids)


async def find_topics(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    return await connection.fetch("SELECT id FROM topics WHERE id = ANY($1)", ids)


async def find_channels(connection: OneConnection, ids: list[UUID]) -> list[Row]:
    """Channels and conversations."""
    return await connection.fetch("SELECT id, server_id, created_at FROM channels WHERE id = ANY($1)", ids)


@dataclass(frozen=True, slots=True)
class Options:
    """The operator's choices. `links` maps accounts of the source to the names of the same people's accounts here."""

    owner: str | None = None
    zone: str = "UTC"
    uploads: Path | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    is_dry: bool = False


class ImportWork:
    """One import in progress. `connection` is in the transaction of the batch that is being stored.

    `links` maps account ids of the source to existing accounts here. Without `files` none are copied.
    """

    def __init__(
        self, source: Source, connection: OneConnection, record: Import, options: Options, files: Files | None = None
    ) -> None:
        self.source: Final = source
        self.files: Final = files
        self.connection: Final = connection
        self.record: Final = record
        self.options: Final = options
        self.links: dict[UUID, UUID] = {}
        self._notes: list[Note] = []

    def leave(self, kind: str, old_id: object, reason: str, detail: object = "") -> None:
        """Note that a row is left out."""
        self._notes.append(Note(kind, str(old_id), reason, True, _plain(detail)))

    def change(self, kind: str, old_id: object, reason: str, detail: object = "") -> None:
        """Note that a row was changed."""
        self._notes.append(Note(kind, str(old_id), reason, False, _plain(detail)))

    def forget_notes(self) -> None:
        """Drop the notes of a batch that was not stored."""
        self._notes.clear()

    async def keep_notes(self) -> None:
        if self._notes:
            await records.write_notes(self.connection, self.record.id, self._notes)
            self._notes.clear()

    async def known(self, kind: str, old_ids: Iterable[object]) -> dict[str, UUID]:
        """The counterparts of these rows, if imported; they may have been removed here since."""
        wanted = {str(each) for each in old_ids if each is not None}
        if not wanted:
            return {}
        rows = await self.connection.fetch(
            "SELECT old_id, new_id FROM import_ids WHERE import_id = $1 AND kind = $2 AND old_id = ANY($3)",
            self.record.id,
            kind,
            list(wanted),
        )
        return {row["old_id"]: row["new_id"] for row in rows}

    async def remember(self, kind: str, ids: Mapping[str, UUID]) -> None:
        """Record what rows of the source became."""
        if not ids:
            return
        await self.connection.execute(
            """
            INSERT INTO import_ids (import_id, kind, old_id, new_id)
            SELECT $1, $2, old_id, new_id FROM unnest($3::text[], $4::uuid[]) AS given (old_id, new_id)
            ON CONFLICT (import_id, kind, old_id) DO NOTHING
            """,
            self.record.id,
            kind,
            list(ids.keys()),
            list(ids.values()),
        )

    async def found(self, kind: str, old_ids: Iterable[UUID | None], find: Find) -> dict[UUID, Row]:
        """The counterparts of these rows that exist, as `find` answers them."""
        known = await self.known(kind, old_ids)
        there = {row["id"]: row for row in await find(self.connection, list(known.values()))}
        return {UUID(old): there[new] for old, new in known.items() if new in there}

    async def accounts(self, old_ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
        """The counterparts of these accounts that exist."""
        return {old: row["id"] for old, row in (await self.found("users", old_ids, find_accounts)).items()}

    def other_id(self, kind: str, old_id: object) -> UUID:
        """The id for a row that cannot keep its own, or has none: the same in every run of this import."""
        return uuid5(self.record.id, f"{kind}/{old_id}")


def _plain(detail: object) -> str:
    return str(detail).replace("\0", "")
