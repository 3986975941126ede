"""Old history is thinned out: what remains is right, and nobody takes what was removed for an edit of nothing."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import aiohttp
import pytest

from coterie.database.connection import Database
from coterie.database.pool import OwnConnection, open_pool
from coterie.documents import edit_queries, snapshots, thinning, verifying
from coterie.documents.edit_queries import ThinnedError
from coterie.documents.texts import Texts
from tests.documents.conftest import Follow
from tests.documents.simpleton import header_of, ids, put
from tests.documents.test_text import follow_headers, update
from tests.people import Community
from tests.serving import LiveServer

AGE = timedelta(days=90)
OLD = 30


@pytest.fixture
async def database(live_server: LiveServer) -> AsyncIterator[Database]:
    pool = await open_pool(live_server.settings)
    yield pool
    await pool.close()


@pytest.fixture
async def written(
    community: Community, document: str, follow: Follow, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A document with 40 edits of two people, often at once, and a snapshot after each few."""
    monkeypatch.setattr("coterie.documents.texts.UNKEPT_EDITS", 4)
    monkeypatch.setattr(snapshots, "APART", 1)
    clients = [follow(person, document) for person in (community.owner, community.member)]
    for client in clients:
        await client.until(lambda client=client: client.version is not None)
    chance = random.Random(3)
    for number in range(40):
        clients[number % 2].type_somewhere(chance, "abc")
        if number % 4 == 3:
            for client in clients:
                await client.settle()
    for client in clients:
        await client.stop()
    return document


async def grow_old(rows: OwnConnection, document: str) -> int:
    """Make the first edits older than what is kept, ten a day; answers where the last snapshot of that age is."""
    await rows.execute(
        """
        UPDATE document_edits
        SET created_at = date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
            - interval '1 day' * (100 - position / 10)
        WHERE document_id = $1 AND position <= $2
        """,
        UUID(document),
        OLD,
    )
    return max(place for place in await snapshots.positions(rows, UUID(document)) if place <= OLD)


async def story(rows: OwnConnection, community: Community, document: str) -> list[object]:
    paths = (f"/sync/documents/{document}", *(f"/api/documents/{document}/{of}" for of in ("authors", "history")))
    assert (await verifying.replayed(rows, UUID(document))).wrong == []
    return [(await community.member.get(path)).body for path in paths]


async def test_what_stays(community: Community, written: str, rows: OwnConnection, database: Database) -> None:
    name = UUID(written)
    reached = await grow_old(rows, written)
    before = await story(rows, community, written)
    texts = {}
    for edit in await edit_queries.edits(rows, name, 0, 100):
        texts[edit.position] = (
            await community.member.get(
                f"/api/documents/{written}/text", params=[("version", each) for each in edit.frontier]
            )
        ).body
    used = await rows.fetchval("SELECT sum(bytes) FROM document_storage WHERE document_id = $1", name)
    await thinning.thin(database, AGE)
    assert await story(rows, community, written) == before
    assert await rows.fetchval("SELECT sum(bytes) FROM document_storage WHERE document_id = $1", name) < used
    kept = sorted(await snapshots.positions(rows, name))
    old = [place for place in kept if place <= reached]
    assert len({place // 10 for place in old}) == len(old) > 1, "one for each day"
    for edit in await edit_queries.edits(rows, name, 0, 100):
        assert edit.is_thinned == (edit.position <= reached)
        shown = next((place for place in old if place >= edit.position), edit.position)
        at = await community.member.get(
            f"/api/documents/{written}/text", params=[("version", each) for each in edit.frontier]
        )
        assert at.body == texts[shown]
    counted = await rows.fetchval("SELECT sum(bytes) FROM document_storage WHERE document_id = $1", name)
    stored = await rows.fetchval(
        """
        SELECT (SELECT sum(octet_length(patches::text) + coalesce(octet_length(applied::text), 0)
                           + coalesce(octet_length(bridge::text), 0)) FROM document_edits
                WHERE document_id = $1 AND position > $2)
             + (SELECT sum(octet_length(text) + octet_length(authors::text)) FROM document_snapshots
                WHERE document_id = $1)
        """,
        name,
        reached,
    )
    assert counted == stored


@pytest.mark.longer
async def test_who_has_an_old_version(
    community: Community, written: str, rows: OwnConnection, database: Database, http: aiohttp.ClientSession
) -> None:
    name, path = UUID(written), f"/sync/documents/{written}"
    reached = await grow_old(rows, written)
    every = {edit.position: edit for edit in await edit_queries.edits(rows, name, 0, 100)}
    await thinning.thin(database, AGE)
    text = await community.member.get(path)
    for place in (3, reached - 1):
        headers = follow_headers(community.member, Parents=header_of([str(every[place].id)]))
        async with http.get(community.member.url + path, headers=headers) as response:
            first = await update(response)
            assert (first.parents, first.body) == ([], text.body), "a whole text, marked as one"
        answer = await put(community.member, path, f"late-{place}", [str(every[place].id)], [(0, 0, "x" * (place + 1))])
        assert (answer[0], answer[1]["code"]) == (425, "unknown_parents")
    async with http.get(
        community.member.url + path,
        headers=follow_headers(community.member, Parents=header_of(every[reached].frontier)),
    ) as response:
        first = await update(response)
        assert first.parents == every[reached].frontier, "the last snapshot leads on"
    sent = every[3]
    again = await put(
        community.owner,
        path,
        str(sent.id),
        sent.parents,
        [tuple(each) for each in sent.patches],  # type: ignore[misc]
    )
    assert (again[0], again[1]["position"]) == (200, 3)
    assert ids((await community.member.get(path)).headers["version"]) == ids(text.headers["version"])


async def test_a_process_that_slept_meanwhile(
    community: Community, written: str, rows: OwnConnection, database: Database
) -> None:
    name = UUID(written)
    await grow_old(rows, written)
    texts = Texts()
    async with texts.at_hand(name) as text:
        for step in (await edit_queries.steps(rows, name, 0))[:11]:
            text.add(step)
        text._is_loaded = True
    await thinning.thin(database, AGE)
    async with texts.at_hand(name) as text:
        await text.catch_up(rows)
        assert str(text.content) == (await community.member.get(f"/sync/documents/{written}")).body
        assert (await put(community.owner, f"/sync/documents/{written}", "z-0", None, [(0, 0, "z")]))[0] == 200
        await text.catch_up(rows)
        assert str(text.content)[0] == "z"
        with pytest.raises(ThinnedError):
            await text.since(rows, 5)


async def test_nothing_young_is_thinned(
    community: Community, written: str, rows: OwnConnection, database: Database
) -> None:
    before = await edit_queries.edits(rows, UUID(written), 0, 100)
    await thinning.thin(database, AGE)
    assert await edit_queries.edits(rows, UUID(written), 0, 100) == before
    assert not any(edit.is_thinned for edit in before)
