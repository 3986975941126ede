"""Sources to import from, and an instance with an administrator to import into."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from coterie.database.connection import OneConnection
from coterie.database.pool import OwnConnection
from coterie.importing import run as importing
from coterie.importing.engine import Result
from coterie.importing.records import Import, SourceKind
from coterie.importing.run import ImportOrder
from coterie.importing.work import Options
from tests.conftest import new_database
from tests.importing.together_source import Together
from tests.importing.xfchat_source import XFChat
from tests.serving import settings_for


@pytest.fixture
async def source_url(cluster_url: str) -> AsyncIterator[str]:
    """An empty database for a source."""
    async with new_database(cluster_url, "template0") as url:
        yield url


@pytest.fixture
async def source(source_url: str) -> AsyncIterator[OwnConnection]:
    connection = await asyncpg.connect(source_url)
    yield connection
    await connection.close()


@pytest.fixture
async def xfchat(source: OwnConnection) -> XFChat:
    return await XFChat.make(source)


@pytest.fixture
async def here(database_url: str) -> AsyncIterator[OwnConnection]:
    """The instance's database, with an administrator in it."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("""
        WITH opened AS (INSERT INTO topics (id, kind) VALUES (gen_random_uuid(), 'user') RETURNING id)
        INSERT INTO users (id, username, is_admin, created_at) SELECT id, 'root', TRUE, now() FROM opened
    """)
    yield connection
    await connection.close()


class Silent:
    """Nobody watches."""

    def begin(self, title: str, total: int) -> None:
        pass

    def advance(self, count: int) -> None:
        pass


class Outcome:
    """What an import said in the end: the results by table, and all notes as (table, old id, reason)."""

    def __init__(self, results: list[Result], notes: list[Any]) -> None:
        self.results = {result.name: result for result in results}
        self.notes = {(note["kind"], note["old_id"], note["reason"]) for note in notes}
        self.details = {(note["kind"], note["old_id"]): note["detail"] for note in notes}

    def reasons(self, kind: str, old_id: object) -> list[str]:
        return sorted(reason for table, key, reason in self.notes if (table, key) == (kind, str(old_id)))

    def counts(self, table: str) -> tuple[int, int, int, int]:
        """Rows in the source, and of those: as they were, changed, left out. None are missing or differ."""
        found = self.results[table]
        assert (found.missing, found.differing) == ([], [])
        assert found.there == found.here
        return found.rows, found.same, found.changed, found.left


Bring = Callable[..., Awaitable[Outcome]]


@pytest.fixture
def bring(database_url: str, source_url: str, here: OwnConnection, tmp_path: Path) -> Bring:
    """Imports the source: `await bring("xfchat", zone="Europe/Berlin")`."""

    async def run(kind: SourceKind, name: str | None = None, scanner: str = "", **options: Any) -> Outcome:
        notes: list[Any] = []

        async def report(connection: OneConnection, record: Import, results: list[Result]) -> None:
            notes.extend(await connection.fetch("SELECT * FROM import_notes WHERE import_id = $1", record.id))

        settings = settings_for(database_url, UPLOAD_DIR=str(tmp_path / "kept"), COTERIE_SCANNER=scanner)
        order = ImportOrder(kind, source_url, name, Options(**options))
        return Outcome(await importing.run(settings, order, Silent(), report), notes)

    return run


async def positions_are_whole(here: OwnConnection) -> None:
    """Every topic's positions, of messages and of changes, are those that were given out; none twice, none beyond."""
    rows = await here.fetch("""
        SELECT topics.id, topics.kind, topics.position,
               (SELECT array_agg(position ORDER BY position) FROM (
                    SELECT version AS position FROM messages WHERE channel_id = topics.id
                    UNION ALL SELECT seq FROM messages WHERE channel_id = topics.id AND seq <> version
                    UNION ALL SELECT position FROM changes WHERE topic_id = topics.id
                ) AS taken) AS taken
        FROM topics
    """)
    for row in rows:
        taken = row["taken"] or []
        assert len(taken) == len(set(taken)), row["id"]
        assert max(taken, default=0) == row["position"], row["id"]
        if row["kind"] == "conversation":
            assert taken == list(range(1, row["position"] + 1)), row["id"]


@pytest.fixture
async def together(source: OwnConnection, tmp_path: Path) -> Together:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    return await Together.make(source, uploads)
