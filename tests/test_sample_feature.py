"""A feature that is only added to the list works as all others do, and has everything that a feature can have."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from litestar import Litestar

from coterie.database.connection import Database
from coterie.departures.traces import remove_some
from coterie.feature import check_names
from coterie.features import FEATURES
from coterie.row_lifetimes.ending import end_all
from tests import sample_feature as sample
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.serving import gather_community, serving, settings_for

ALL = (*FEATURES, sample.FEATURE)


@pytest.fixture
async def community(
    monkeypatch: pytest.MonkeyPatch, database_url: str, pool: Database, http: aiohttp.ClientSession
) -> AsyncIterator[Community]:
    """The cast, on a server with the feature."""
    monkeypatch.setattr("coterie.application.Litestar", Litestar)
    await pool.execute(sample.TABLE)
    async with serving(settings_for(database_url, RATE_LIMITS="on"), ALL) as server:
        yield await gather_community(lambda name: Person.register(Browser(server.url, http), name))


def key(community: Community) -> str:
    return f"sample_notes/{community.server}"


def note(community: Community) -> str:
    return f"/api/servers/{community.server}/sample-note"


async def test_its_routes_answer_the_cast(community: Community) -> None:
    owner, path = community.owner, note(community)
    assert (await owner.get(path)).code == "no_sample_note"
    assert (await owner.call("PUT", path, json={"text": "hello"})).body == {"text": "hello"}
    assert (await owner.get(path)).body == {"text": "hello"}
    for other in (community.member, community.outsider):
        assert (await other.get(path)).status in (403, 404)
        assert (await other.call("PUT", path, json={"text": "mine"})).status in (403, 404)


async def test_its_limit_holds(community: Community) -> None:
    answers = [await community.owner.call("PUT", note(community), json={"text": "hello"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]


async def test_its_entries_are_in_the_audit_log(community: Community) -> None:
    await community.owner.expect(200, "PUT", note(community), {"text": "hello"})
    query = "?action=sample_note_update&target_type=server"
    found = await community.owner.expect(200, "GET", f"/api/servers/{community.server}/audit-logs{query}")
    assert [entry["target_id"] for entry in found] == [community.server]


async def test_its_keys_reach_only_those_who_may_see_them(community: Community) -> None:
    owner, member = await community.owner.socket(), await community.member.socket()
    await community.owner.expect(200, "PUT", note(community), {"text": "hello"})
    await owner.wait_for_type("SAMPLE_NOTE_UPDATE")
    await member.settle()
    assert member.of("SAMPLE_NOTE_UPDATE") == []
    assert (await snapshot(community.owner, community))[key(community)] == {"text": "hello"}
    assert key(community) not in await snapshot(community.member, community)
    await asyncio.gather(owner.close(), member.close())


async def snapshot(person: Person, community: Community) -> dict[str, Any]:
    found: dict[str, Any] = await person.expect(200, "GET", f"/sync/servers/{community.server}")
    return found


async def test_its_service_is_open_as_long_as_the_server(community: Community) -> None:
    assert len(sample.OPEN) == 1
    await asyncio.wait_for(sample.WORKED.wait(), PATIENCE)


async def test_its_rows_end_by_age(community: Community, pool: Database) -> None:
    await community.owner.expect(200, "PUT", note(community), {"text": "hello"})
    await end_all(pool, settings_for(""), sample.FEATURE.row_lifetimes)
    assert await pool.fetchval("SELECT count(*) FROM sample_notes") == 1
    await pool.execute("UPDATE sample_notes SET created_at = now() - interval '8 days'")
    await end_all(pool, settings_for(""), sample.FEATURE.row_lifetimes)
    assert await pool.fetchval("SELECT count(*) FROM sample_notes") == 0


async def test_a_deleted_account_is_taken_out(community: Community, pool: Database) -> None:
    await community.owner.expect(200, "PUT", note(community), {"text": "hello"})
    owner = UUID(community.owner.id)
    async with pool.acquire() as connection, connection.transaction():
        assert await remove_some(connection, sample.FEATURE.traces, owner)
        assert not await remove_some(connection, sample.FEATURE.traces, owner)
    assert await pool.fetchval("SELECT count(*) FROM sample_notes WHERE created_by IS NULL") == 1


async def test_the_api_document_has_its_routes_and_errors(community: Community) -> None:
    document = await community.owner.expect(200, "GET", "/api/openapi.json")
    assert set(document["paths"]["/api/servers/{server_id}/sample-note"]) == {"get", "put"}
    assert "no_sample_note" in document["components"]["schemas"]["Error"]["properties"]["code"]["enum"]


@pytest.mark.parametrize("change", [{}, {"name": "other"}, {"name": "other", "limits": ()}])
def test_nothing_is_declared_twice(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        check_names((*ALL, replace(sample.FEATURE, **change)))
