"""A removal that is committed while an edit or an upload is on its way: whichever is first, the other one knows it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from tests.documents.simpleton import put
from tests.files.conftest import PNG, upload
from tests.patience import PATIENCE
from tests.people import Community
from tests.serving import LiveServer


@asynccontextmanager
async def holding(server: LiveServer, statement: str, *values: Any) -> AsyncIterator[None]:
    """Holds up everyone who needs the rows of a statement, within the block."""
    other = await asyncpg.connect(server.settings.database_url)
    transaction = other.transaction()
    await transaction.start()
    await other.execute(statement, *values)
    try:
        yield
    finally:
        await transaction.rollback()
        await other.close()


async def until_waiting(rows: OwnConnection, count: int) -> None:
    """Until this many connections wait for a lock."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(PATIENCE):
        while await rows.fetchval(asked) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.fixture
async def late(community: Community, document: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A document with a snapshot due, which is stored right before the next edit."""
    monkeypatch.setattr("coterie.documents.texts.UNKEPT_EDITS", 2)
    for number in range(2):
        answer = await put(community.member, f"/sync/documents/{document}", f"a-{number}", None, [(0, 0, "x")])
        assert answer[0] == 200
    return document


SNAPSHOT = "INSERT INTO document_snapshots (document_id, position, text, authors, number) VALUES ($1, 2, '', '[]', 9)"


async def test_an_edit_by_somebody_who_is_removed(
    community: Community, late: str, rows: OwnConnection, live_server: LiveServer
) -> None:
    path = f"/sync/documents/{late}"
    async with holding(live_server, SNAPSHOT, UUID(late)):
        editing = asyncio.create_task(put(community.member, path, "a-2", None, [(0, 0, "z")]))
        other = asyncio.create_task(put(community.owner, path, "b-0", None, [(0, 0, "y")]))
        await until_waiting(rows, 1)
        await community.owner.expect(
            204, "POST", f"/api/servers/{community.server}/members/{community.member.id}/kick", {}
        )
    status, body, _ = await editing
    assert (status, body["code"]) == (404, "not_found")
    assert (await other)[0] == 200
    assert (await community.owner.get(path)).body == "yxx"


async def test_an_edit_while_something_else_changes(
    community: Community, late: str, rows: OwnConnection, live_server: LiveServer
) -> None:
    path = f"/sync/documents/{late}"
    async with holding(live_server, SNAPSHOT, UUID(late)):
        editing = asyncio.create_task(put(community.member, path, "a-2", None, [(0, 0, "z")]))
        await until_waiting(rows, 1)
        await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"name": "Renamed"})
    assert (await editing)[0] == 200
    assert (await community.owner.get(path)).body == "zxx"


async def test_an_upload_and_a_removal(community: Community, rows: OwnConnection, live_server: LiveServer) -> None:
    """Once the right to it has been judged, the removal waits until the files are attached."""
    message = (await community.member.send(community.channel, "look"))["id"]
    kick = f"/api/servers/{community.server}/members/{community.member.id}/kick"
    async with holding(live_server, "SELECT FROM messages WHERE id = $1 FOR UPDATE", UUID(message)):
        uploading = asyncio.create_task(upload(community.member, message, ("a.png", PNG)))
        await until_waiting(rows, 1)
        kicking = asyncio.create_task(community.owner.post(kick, {}))
        await until_waiting(rows, 2)
    assert (await uploading).status == 201
    assert (await kicking).status == 204
    assert (await upload(community.member, message, ("b.png", PNG))).status == 404
