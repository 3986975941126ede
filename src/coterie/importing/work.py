"""What the stages of an import work with: the source, the transaction of a batch, which id became which, and notes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from coterie.database.connection import OneConnection
from coterie.files.receiving import Files
from coterie.importing import records
from coterie.importing.records import Import, Note
from coterie.importing.source import Source


@dataclass(frozen=True, slots=True)
class Options:
    """How the operator wants it. `links` names accounts of the source, each with the name of the same person's here."""

    owner: str | None = None
    zone: str = "UTC"
    uploads: Path | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    is_dry: bool = False


class Work:
    """One import under way. `connection` is in the transaction of the batch that is being stored.

    `links` are the accounts of the source, by their ids, that are accounts which are here.
    """

    def __init__(
        self, source: Source, connection: OneConnection, record: Import, options: Options, files: Files | None = None
    ) -> None:
        """Without `files` none are copied."""
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
        """Note that a row comes otherwise than it was."""
        self._notes.append(Note(kind, str(old_id), reason, False, _plain(detail)))

    def forget_notes(self) -> None:
        """The batch was not stored."""
        self._notes.clear()

    async def keep_notes(self) -> None:
        if self._notes:
            await records.write_notes(self.connection, self.record.id, self._notes)
            self._notes.clear()

    async def known(self, kind: str, old_ids: Iterable[object]) -> dict[str, UUID]:
        """What became of these rows, of those that were brought; it may have been removed here since."""
        wanted = {str(each) for each in old_ids if each is not None}
        return await records.known(self.connection, self.record.id, kind, wanted) if wanted else {}

    async def remember(self, kind: str, ids: Mapping[str, UUID]) -> None:
        if ids:
            await records.remember(self.connection, self.record.id, kind, ids)

    async def accounts(self, old_ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
        """The accounts that these became, of those that there are."""
        known = await self.known("users", old_ids)
        rows = await self.connection.fetch("SELECT id FROM users WHERE id = ANY($1)", list(known.values()))
        there = {row["id"] for row in rows}
        return {UUID(old): new for old, new in known.items() if new in there}

    async def channels(self, kind: str, old_ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
        """The channels, or conversations, that these became, of those that there are."""
        known = await self.known(kind, old_ids)
        there = await self.channels_there(known.values())
        return {UUID(old): new for old, new in known.items() if new in there}

    async def channels_there(self, ids: Iterable[UUID]) -> set[UUID]:
        rows = await self.connection.fetch("SELECT id FROM channels WHERE id = ANY($1)", list(ids))
        return {row["id"] for row in rows}

    async def topics_for(self, kind: str, old_ids: Collection[UUID]) -> dict[UUID, UUID]:
        """New ids for what has a topic of its own: the old ones where they are free."""
        rows = await self.connection.fetch("SELECT id FROM topics WHERE id = ANY($1)", list(old_ids))
        return self.ids_for(kind, old_ids, {row["id"] for row in rows})

    def ids_for(self, kind: str, old_ids: Iterable[UUID], taken: Collection[UUID]) -> dict[UUID, UUID]:
        return {old: self.other_id(kind, old) if old in taken else old for old in old_ids}

    def other_id(self, kind: str, old_id: object) -> UUID:
        """The id of what cannot keep its own, or had none: the same in every run of this import."""
        return uuid5(self.record.id, f"{kind}/{old_id}")


def _plain(detail: object) -> str:
    return str(detail).replace("\0", "")
