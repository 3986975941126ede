"""Edits that are made to be expensive: nobody else notices them, and they are limited by what they cost."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import aiohttp
import pytest

from coterie.documents import deltas, storing, submitted
from coterie.documents.actions import Documents
from coterie.documents.background import Background
from coterie.documents.content import Content
from coterie.documents.deltas import Delta, Patch
from coterie.documents.limits import EDITS
from coterie.documents.storing import DIGESTED_LIMIT, AcceptedEdit, Edit, Work
from coterie.errors import EDIT_IMPOSSIBLE, CoterieError
from coterie.sync.text_operations import OPERATIONS_LIMIT
from tests.charges import charges
from tests.documents.simpleton import put
from tests.documents.test_documents import make
from tests.documents.test_text import digest_of
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person
from tests.rates import stop_refilling
from tests.serving import gather_community, serving, settings_for


def scattered(count: int) -> list[dict[str, object]]:
    """Insertions that all stay apart, so that composing them merges nothing."""
    return [{"type": "Insert", "position": 2 * number, "text": "x"} for number in range(count)]


async def refusal_without_body(person: Person, path: str) -> bytes:
    """The first line of the answer to a PUT whose body never comes."""
    place = urlsplit(person.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\nContent-Length: 1000\r\n\r\n"
    writer.write(head.encode())
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.readline()
    finally:
        writer.close()


async def test_who_may_not_edit_is_refused_before_the_body(community: Community) -> None:
    document = await make(community.owner, community.channel)
    archived = await make(community.owner, community.channel)
    await community.owner.expect(200, "PATCH", f"/api/documents/{archived}", {"is_archived": True})
    for door in ("/collab", "/sync/documents"):
        assert b" 404 " in await refusal_without_body(community.owner, f"{door}/{uuid4()}")
        assert b" 404 " in await refusal_without_body(community.outsider, f"{door}/{document}")
        assert b" 403 " in await refusal_without_body(community.owner, f"{door}/{archived}")


async def test_others_are_answered_while_operations_are_combined(community: Community) -> None:
    text = "-" * 2 * OPERATIONS_LIMIT
    document = await make(community.owner, community.channel, text=text)
    path = f"/collab/{document}"
    sending = [
        asyncio.create_task(community.owner.call("PUT", path, json={"operations": scattered(count)}))
        for count in [10_000] * 4 + [OPERATIONS_LIMIT] * 4
    ]
    while not all(task.done() for task in sending):
        assert (await community.member.get("/api/health/live")).status == 200
    assert [task.result().status for task in sending] == [400] * 4 + [200] * 4
    assert len((await community.owner.get(path)).body) == len(text) + 4 * OPERATIONS_LIMIT


async def test_many_patches_are_resolved_beside_the_loop(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of an edit that is refused then: many of them in one batch would come one after the other."""
    threads: list[bool] = []
    resolved = submitted.resolved

    def noted(patches: Sequence[Patch], length: int) -> tuple[list[Patch], Delta]:
        threads.append(threading.current_thread() is threading.main_thread())
        return resolved(patches, length)

    monkeypatch.setattr(submitted, "resolved", noted)
    path = f"/sync/documents/{await make(community.owner, community.channel, text='-' * 1_000)}"
    for count in (1, 300):
        patches = [(2 * number, 2 * number, "x") for number in range(count)]
        assert (await put(community.owner, path, None, None, patches))[0] == 200
    beyond = [(2 * number, 2 * number, "x") for number in range(1_000)]
    assert (await put(community.owner, path, None, None, beyond))[0] == EDIT_IMPOSSIBLE.status
    assert threads == [True, False, False]


async def test_long_work_leaves_the_loop_to_others() -> None:
    background = Background()
    parts = [deltas.of_patches([Patch(2 * number, 2 * number, "x")]) for number in range(10_000)]
    work = asyncio.create_task(background.run(partial(deltas.compose_all, parts), len(parts)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
    assert len(await work) == 2 * len(parts) - 1
    background.close()


@pytest.fixture
async def limited(
    monkeypatch: pytest.MonkeyPatch, database_url: str, http: aiohttp.ClientSession
) -> AsyncIterator[Browser]:
    """Limits that never refill, so that a slow machine changes no count."""
    stop_refilling(monkeypatch)
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        yield Browser(server.url, http)


async def test_an_edit_costs_what_it_has_of_operations(limited: Browser) -> None:
    """The burst of 1,200 edits is used up by 120 of 900 operations each."""
    cast = await gather_community(partial(Person.register, limited))
    path = f"/collab/{await make(cast.owner, cast.channel)}"
    body = json.dumps({"operations": [{"type": "Insert", "position": 0, "text": "x"}] * 900}, separators=(",", ":"))
    headers = {"Content-Type": "application/json"}
    answers = [await cast.owner.call("PUT", path, data=body, headers=headers) for _ in range(121)]
    assert [answer.status for answer in answers] == [200] * 120 + [429]


async def test_an_edit_costs_its_bytes(limited: Browser) -> None:
    cast = await gather_community(partial(Person.register, limited))
    path = f"/sync/documents/{await make(cast.owner, cast.channel)}"
    answers = [
        await put(cast.owner, path, None, None, [(0, 0 if first else 500_000, "é" * 500_000)])
        for first in [True] + [False] * 5
    ]
    assert [status for status, _, _ in answers] == [200] * 5 + [429]
    assert answers[-1][1]["code"] == "rate_limited"


async def test_a_digest_costs_the_length_of_the_text(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    charged = charges(monkeypatch, EDITS)
    path = f"/sync/documents/{await make(community.owner, community.channel, text='x' * 20_000)}"
    wrong = {"Repr-Digest": digest_of("something else")}
    assert (await put(community.owner, path, None, None, [(0, 0, "y")], wrong))[0] == 550
    assert sum(charged) == 3, "the edit, and twice 16,384 code points"
    assert (await put(community.owner, path, None, None, [(0, 0, "y")]))[0] == 200
    assert sum(charged) == 4


async def test_the_digest_of_a_long_text_is_ignored(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    charged = charges(monkeypatch, EDITS)
    path = f"/sync/documents/{await make(community.owner, community.channel, text='x' * (DIGESTED_LIMIT + 1))}"
    wrong = {"Repr-Digest": digest_of("something else")}
    assert (await put(community.owner, path, None, None, [(0, 0, "y")], wrong))[0] == 200
    assert sum(charged) == 1


async def test_a_batch_compares_one_digest(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first edits are stored once all have come, so that the others are stored together."""
    batches: list[int] = []
    compared: list[int] = []
    arrived: list[Edit] = []
    all_there = asyncio.Event()
    edit, store, after = Documents.edit, storing.store, Content.after

    async def counted_edit(documents: Documents, document_id: UUID, given: Edit) -> AcceptedEdit:
        arrived.append(given)
        if len(arrived) == 20:
            all_there.set()
        return await edit(documents, document_id, given)

    async def held_store(
        work: Work, document_id: UUID, edits: Sequence[Edit], *, is_retry: bool
    ) -> list[AcceptedEdit | CoterieError]:
        await all_there.wait()
        batches.append(len(edits))
        return await store(work, document_id, edits, is_retry=is_retry)

    def counted_after(content: Content, delta: Delta) -> Content:
        compared.append(len(content))
        return after(content, delta)

    monkeypatch.setattr(Documents, "edit", counted_edit)
    monkeypatch.setattr(storing, "store", held_store)
    monkeypatch.setattr(Content, "after", counted_after)
    path = f"/sync/documents/{await make(community.owner, community.channel, text='x')}"
    wrong = {"Repr-Digest": digest_of("something else")}
    answers = await asyncio.gather(*(put(community.owner, path, None, None, [(0, 0, "y")], wrong) for _ in range(20)))
    assert len(batches) == 2
    assert sum(batches) == 20
    assert len(compared) == 2
    assert sorted(status for status, _, _ in answers) == [200] * 18 + [550] * 2


async def test_large_texts_are_encoded_beside_the_loop(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[tuple[str, str]] = []

    def noting(name: str) -> Any:
        work = getattr(Content, name)

        def noted(content: Content) -> bytes:
            threads.append((name, threading.current_thread().name))
            found: bytes = work(content)
            return found

        return noted

    for name in ("encoded", "digest"):
        monkeypatch.setattr(Content, name, noting(name))
    text = "é" * 30_000
    path = f"/sync/documents/{await make(community.owner, community.channel, text=text)}"
    assert (await community.owner.get(path)).body == text
    right = {"Repr-Digest": digest_of("y" + text)}
    assert (await put(community.owner, path, None, None, [(0, 0, "y")], right))[0] == 200
    assert [name for name, _ in threads] == ["digest", "encoded", "digest", "digest"]
    assert not [thread for _, thread in threads if not thread.startswith("documents")]
