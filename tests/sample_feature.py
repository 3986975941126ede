"""A small feature that only tests have: notes of a server, which its managers may read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import get, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from coterie.audit.actions import record
from coterie.audit.models import AuditEntry
from coterie.database.connection import Connection
from coterie.database.recurring import Recurring
from coterie.errors import CoterieError, Entry
from coterie.feature import AuditAction, Core, Feature, RowLifetime, Trace
from coterie.http.injection import CurrentViewer, Injected, counted
from coterie.http.rate_limits import Limit, Rate
from coterie.log.append import Change, append
from coterie.permissions.bits import Permission
from coterie.permissions.context import ActionContext
from coterie.permissions.keys import CollectionKeys, Extract

TABLE: Final = """
CREATE TABLE sample_notes (
    server_id  UUID PRIMARY KEY REFERENCES servers ON DELETE CASCADE,
    created_by UUID REFERENCES users ON DELETE SET NULL,
    text       TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""
NO_NOTE: Final = Entry(404, "no_sample_note", "This server has no note.")
WRITING: Final = Limit("sample_notes", Rate(0.001, 2), "writing notes")
NOTE_UPDATE: Final = AuditAction("sample_note_update", "server")


class Note(Struct, frozen=True):
    text: str


class Notebook:
    """What the feature opens."""

    def __init__(self, context: ActionContext) -> None:
        self.context: Final = context


OPEN: Final[set[Notebook]] = set()
WORKED: Final = asyncio.Event()


@asynccontextmanager
async def opened(core: Core) -> AsyncIterator[Notebook]:
    notebook = Notebook(core.context)
    OPEN.add(notebook)
    yield notebook
    OPEN.remove(notebook)


async def work() -> None:
    WORKED.set()


def works(core: Core) -> list[Recurring]:
    return [Recurring("sample.work", work, 3600)]


@get("/servers/{server_id:str}/sample-note")
async def read(notebook: Injected[Notebook], viewer: CurrentViewer, server_id: FromPath[UUID]) -> Note:
    """The note of a server."""
    context = notebook.context
    (await context.permissions.in_server(context.database, server_id, viewer.user_id)).check(Permission.MANAGE_SERVER)
    text = await context.database.fetchval("SELECT text FROM sample_notes WHERE server_id = $1", server_id)
    if text is None:
        raise CoterieError(NO_NOTE)
    return Note(text)


@put("/servers/{server_id:str}/sample-note", opt=counted(WRITING))
async def write(
    notebook: Injected[Notebook], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[Note]
) -> Note:
    """Write the note of a server."""
    context = notebook.context
    async with context.database.acquire() as connection, connection.transaction():
        (await context.permissions.locked(connection, server_id, viewer.user_id)).check(Permission.MANAGE_SERVER)
        await connection.execute(
            """
            INSERT INTO sample_notes (server_id, created_by, text) VALUES ($1, $2, $3)
            ON CONFLICT (server_id) DO UPDATE SET text = excluded.text
            """,
            server_id,
            viewer.user_id,
            data.text,
        )
        await record(connection, AuditEntry(server_id, viewer.user_id, NOTE_UPDATE, server_id))
        await append(connection, Change(server_id, f"sample_notes/{server_id}", "SAMPLE_NOTE_UPDATE", data))
    return data


async def _keys(connection: Connection, extract: Extract) -> dict[str, object]:
    rows: list[Any] = await connection.fetch("SELECT text FROM sample_notes WHERE server_id = $1", extract.topic)
    return {f"sample_notes/{extract.topic}": Note(row["text"]) for row in rows}


async def _forget(connection: Connection, before: datetime, limit: int) -> int:
    rows = await connection.fetch(
        """
        DELETE FROM sample_notes WHERE server_id = ANY(ARRAY(
            SELECT server_id FROM sample_notes WHERE created_at < $1 LIMIT $2
        )) RETURNING server_id
        """,
        before,
        limit,
    )
    return len(rows)


async def _find(connection: Connection, user_id: UUID) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        "SELECT server_id FROM sample_notes WHERE created_by = $1 LIMIT 1", user_id
    )
    return found


async def _forget_author(connection: Connection, server_id: UUID, user_id: UUID) -> list[Change]:
    await connection.execute("UPDATE sample_notes SET created_by = NULL WHERE server_id = $1", server_id)
    return []


FEATURE: Final = Feature(
    name="sample",
    routes=[read, write],
    limits=[WRITING],
    errors=[NO_NOTE],
    audit=[NOTE_UPDATE],
    keys=[CollectionKeys(("sample_notes",), ("server",), _keys, Permission.MANAGE_SERVER)],
    row_lifetimes=[RowLifetime("sample_notes", timedelta(days=7), _forget)],
    traces=[Trace(_find, _forget_author)],
    services={"notebook": opened},
    works=works,
)
