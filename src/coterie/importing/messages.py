"""Imported messages: as they were, and how to compare them with what they became (`placing.py` stores them)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from coterie.database.connection import OneConnection, Row
from coterie.importing import texts
from coterie.importing.mappings import Compare, Compared, SourceRow
from coterie.importing.tables import Read
from coterie.importing.work import ImportWork
from coterie.messages.copying import CopiedMessage, CopiedReaction

IS_ODD: Final[dict[str, Read]] = {"is_odd": lambda table, _: table.has_odd("created_at")}
"""Whether a message's time was missing or impossible."""


class ImportedMessage(Struct, frozen=True):
    """A message as it is stored, but its `reply_to` and `thread_id` are still the old ids, and it has no position.

    `part` is more than 0 for the later parts of a text that was split.
    """

    kind: str
    old_id: UUID
    new: CopiedMessage
    reactions: Sequence[CopiedReaction] = ()
    part: int = 0


async def find(connection: OneConnection, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Those of these messages that exist, with their positions."""
    rows = await connection.fetch(
        "SELECT id, channel_id, thread_id, seq, created_at FROM messages WHERE id = ANY($1)", list(ids)
    )
    return {row["id"]: row for row in rows}


async def found(work: ImportWork, kind: str, old_ids: Iterable[UUID | None]) -> dict[UUID, Row]:
    """The counterparts of these messages, as far as they exist."""
    wanted = {each for each in old_ids if each is not None}
    if not wanted:
        return {}
    others = await work.known(kind, wanted)
    ids = {old: others.get(str(old), old) for old in wanted}
    there = await find(work.connection, ids.values())
    return {old: there[id] for old, id in ids.items() if id in there}


def note_losses(row: SourceRow, old_author: UUID | None, author: UUID | None) -> None:
    """Note that the author or the time of a message could not be kept."""
    if author is None and old_author is not None:
        row.change("without its author, whose account does not exist", old_author)
    if row.get("is_odd"):
        row.change("its time was missing or impossible", row["created_at"])


def comparing(kind: str) -> Compare:
    """Compares the contents of rows with those here, where a text may be in several parts."""

    async def compare(work: ImportWork, rows: list[Row]) -> list[Compared]:
        others = await work.known(kind, [row["id"] for row in rows])
        ids = [_ids(work, kind, others.get(str(row["id"]), row["id"]), row) for row in rows]
        found = await work.connection.fetch(
            "SELECT id, content FROM messages WHERE id = ANY($1)", [id for parts in ids for id in parts]
        )
        here = {row["id"]: row["content"] for row in found}
        return [
            Compared(str(row["id"]), row["content"], _joined([here.get(id) for id in parts]))
            for row, parts in zip(rows, ids, strict=True)
        ]

    return compare


def _ids(work: ImportWork, kind: str, first: UUID, row: Any) -> list[UUID]:
    if len(row["content"]) <= texts.CONTENT_LENGTH:
        return [first]
    others = range(1, len(texts.split(row["content"])))
    return [first, *(work.other_id(kind, f"{row['id']}/{number}") for number in others)]


def _joined(parts: list[str | None]) -> str | None:
    """The whole text, unless the first part is not here."""
    return None if parts[0] is None else "".join(part or "" for part in parts)
