"""What was said in XFChat's one room for everybody: into an archive that only its owner is in.

That room's tables were kept for compatibility and written carelessly, so authors are often only names.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from coterie.database.connection import Row
from coterie.importing import archive
from coterie.importing import messages as placing
from coterie.importing.engine import Compared, Stage
from coterie.importing.messages import OldMessage
from coterie.importing.source import Query, Table
from coterie.importing.work import Work

NAME: Final = "XFChat archive"
MESSAGES: Final = "messages"
HISTORY: Final = "version_history"


def messages(table: Table, versions: Table) -> Stage | None:
    """What was said in the one room for everybody; without an account, by whose version it was, if that is known."""
    if not table:
        return None
    user = table.id("user_id", "users")
    written = "NULL::uuid"
    if versions and "version" in table.columns:
        whose = f"SELECT {versions.id('user_id', 'users')} FROM {versions.name} WHERE"
        written = f"({whose} {versions.text('version_id')} = {table.text('version')} LIMIT 1)"
    moment = table.moment("timestamp" if "timestamp" in table.columns else "created_at")
    columns = (
        f"{table.id()} AS id",
        f"coalesce({user}, {written}) AS user_id",
        f"coalesce({table.text('text')}, '') AS text",
        f"{table.text('author')} AS author",
        f"{moment} AS said_at",
    )

    async def store(work: Work, rows: list[Row]) -> None:
        place = await archive.channel(work, NAME)
        people = await work.accounts([row["user_id"] for row in rows])
        if place is None:
            for row in rows:
                work.leave(MESSAGES, row["id"], "the archive was removed here")
            return
        await placing.place(work, [_archived(work, row, place, people.get(row["user_id"])) for row in rows])

    async def compare(work: Work, rows: list[Row]) -> Iterable[Compared]:
        return await placing.compare(work, MESSAGES, [(row["id"], row["text"]) for row in rows])

    return Stage(MESSAGES, Query(columns, table.name, ((moment, "timestamptz"), (table.id(), "uuid"))), store, compare)


def _archived(work: Work, row: Row, place: UUID, author_id: UUID | None) -> OldMessage:
    content = row["text"]
    if author_id is None and row["author"]:
        content = f"{row['author']}: {content}"
        work.change(MESSAGES, row["id"], "begins with its author's name, who has no account", row["author"])
    return OldMessage(MESSAGES, row["id"], place, author_id, content, row["said_at"])


def history(table: Table, legacy: Table) -> Stage | None:
    """Versions have no place here: a channel's positions are its versions. It is said which had no message."""
    if not table:
        return None
    version = table.text("version_id")
    has_message = "FALSE"
    if "version" in legacy.columns:
        has_message = f"EXISTS (SELECT FROM {legacy.name} WHERE {legacy.text('version')} = {version})"
    columns = (f"{version} AS id", f"{has_message} AS has_message")

    async def store(work: Work, rows: list[Row]) -> None:
        for row in rows:
            if not row["has_message"]:
                work.leave(HISTORY, row["id"], "no message has this version")

    async def compare(work: Work, rows: list[Row]) -> Iterable[Compared]:
        return [Compared(row["id"], (row["id"],), (row["id"],) if row["has_message"] else None) for row in rows]

    return Stage(HISTORY, Query(columns, table.name, ((version, "text"),)), store, compare)
