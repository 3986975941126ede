"""Several people write one text."""

import asyncio
import random
from itertools import pairwise
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from coterie.documents import authorship, deltas, edit_queries, history, snapshots, verifying
from coterie.documents.background import Background
from coterie.documents.edit_queries import Step
from coterie.documents.texts import Texts
from tests.documents.conftest import Follow
from tests.documents.simpleton import Simpleton, put
from tests.people import Community, Person

# A client that is cut while it connects: aiohttp then forgets the socket instead of closing it.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in.*socket:pytest.PytestUnraisableExceptionWarning")

LETTERS = ["abc ", "😀👍🏽e", "é\u0301\u0308n", "\r\n", "שלום", "x\x00y"]


async def text_of(person: Person, document: str) -> str:
    return str((await person.get(f"/sync/documents/{document}")).body)


async def converge(clients: list[Simpleton], person: Person, document: str) -> str:
    """Wait until everyone has the text that the server has; returns it."""
    for client in clients:
        await client.settle()
    text = await text_of(person, document)
    for client in clients:
        await client.until(lambda client=client: client.text == text)
    return text


async def test_it_works(community: Community, document: str, follow: Follow) -> None:
    ann, bob = follow(community.owner, document), follow(community.member, document)
    await ann.until(lambda: ann.version is not None)
    ann.edit((0, 0, "hello"))
    await bob.until(lambda: bob.text == "hello")
    bob.edit((5, 5, " wörld 😀"))
    await ann.until(lambda: ann.text == "hello wörld 😀")
    ann.edit((0, 1, "H"), (12, 13, ""))
    await bob.until(lambda: bob.text == "Hello wörld ")
    assert await text_of(community.owner, document) == "Hello wörld "


async def test_that_everybody_writes_at_once(community: Community, document: str, follow: Follow) -> None:
    clients = [follow(person, document) for person in (community.owner, community.member, community.owner)]
    for client in clients:
        await client.until(lambda client=client: client.version is not None)
    chance = random.Random(7)
    for _ in range(60):
        client = chance.choice(clients)
        client.type_somewhere(chance, chance.choice(LETTERS))
        if chance.random() < 0.05:
            client.cut()
        await asyncio.sleep(chance.choice([0, 0, 0.01]))
    text = await converge(clients, community.owner, document)
    assert len(text) == (await community.owner.get(f"/api/documents/{document}")).body["length"]


async def test_snapshots(
    community: Community, document: str, follow: Follow, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text, its authors and its earlier states are the same by snapshots as without."""
    monkeypatch.setattr("coterie.documents.texts.UNKEPT_EDITS", 7)
    monkeypatch.setattr("coterie.documents.texts.RECENT_SIZE", 10)  # what is older is read again
    clients = [follow(person, document) for person in (community.owner, community.member)]
    for client in clients:
        await client.until(lambda client=client: client.version is not None)
    chance = random.Random(3)
    for number in range(60):
        chance.choice(clients).type_somewhere(chance, chance.choice(LETTERS))
        if number % 5 == 0:
            await asyncio.gather(*(client.settle() for client in clients))
    text = await converge(clients, community.owner, document)
    story = await verifying.replayed(rows, UUID(document))
    assert story.wrong == []
    assert story.text == text
    assert await rows.fetchval("SELECT count(*) FROM document_snapshots WHERE document_id = $1", UUID(document)) > 3
    every = await edit_queries.applied_between(rows, UUID(document), 0, 10**9)
    spans = authorship.follow([], every)
    origin = await snapshots.newest_origin(rows, UUID(document), 10**9)
    later = await edit_queries.applied_between(rows, UUID(document), origin.position, 10**9)
    assert authorship.follow(origin.spans, later) == spans
    written, expected = "", {}
    for position, delta in every:
        written = expected[position] = deltas.apply(written, delta)
    for edit in await edit_queries.edits(rows, UUID(document), 0, 100):
        at = await history.text_at(rows, UUID(document), [str(edit.id)], Background())
        assert at.text == expected[edit.position]


async def test_that_old_snapshots_are_thinned_out(
    community: Community, document: str, rows: OwnConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many were made, an earlier text is made from the edits since one that is near."""
    monkeypatch.setattr("coterie.documents.texts.UNKEPT_EDITS", 2)
    monkeypatch.setattr(snapshots, "NEWEST", 2)
    monkeypatch.setattr(snapshots, "APART", 3)
    name, path = UUID(document), f"/sync/documents/{document}"
    for number in range(40):
        assert (await put(community.owner, path, f"a-{number}", None, [(number // 2, number // 2, "x")]))[0] == 200
    kept = sorted(await snapshots.positions(rows, name))
    assert kept[-2:] == [36, 38]  # one was made for each two edits, the first of them behind the second
    assert {later - earlier for earlier, later in pairwise([0, *kept[:-2]])} == {3 * 2}
    for number in range(40):
        assert (await history.text_at(rows, name, [f"a-{number}"], Background())).text == "x" * (number + 1)
    assert (await verifying.replayed(rows, name)).wrong == []
    async with Texts().at_hand(name) as reopened:
        await reopened.catch_up(rows)
        assert str(reopened.content) == "x" * 40


async def test_that_a_text_that_was_thrown_away_is_nobodys() -> None:
    """Not even for those who waited for it meanwhile: it may contain an edit that was never stored."""
    texts, name = Texts(), UUID(int=1)

    async def fail(is_taken: asyncio.Event, go_on: asyncio.Event) -> None:
        async with texts.at_hand(name) as text:
            text.content.apply(("never stored",))
            is_taken.set()
            await go_on.wait()
            raise ConnectionError

    async def look() -> str:
        async with texts.at_hand(name) as text:
            return str(text.content)

    is_taken, go_on = asyncio.Event(), asyncio.Event()
    failing = asyncio.create_task(fail(is_taken, go_on))
    await is_taken.wait()
    looking = [asyncio.create_task(look()) for _ in range(3)]
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(ConnectionError):
        await failing
    assert await asyncio.gather(*looking) == ["", "", ""]
    assert await look() == ""


async def test_a_text_evicted_from_memory_is_read_again() -> None:
    texts = Texts(limit=1)
    one, other = UUID(int=1), UUID(int=2)
    async with texts.at_hand(one) as kept:
        kept.content.apply(("x",))
    async with texts.at_hand(other):
        pass
    async with texts.at_hand(one) as again:
        assert again is not kept
    assert texts.weight == again.weight


async def test_that_memory_is_bounded() -> None:
    """However many texts are used and however much is typed, and whichever is used next."""
    limit = 4 * 1024 * 1024
    texts, chance = Texts(limit), random.Random(5)
    for number in range(200):
        name = UUID(int=chance.randrange(40))
        async with texts.at_hand(name) as text:
            delta: deltas.Delta = (-len(text.content), "x" * chance.randrange(1, 20_000))
            text.add(Step(text.position + 1, delta, [f"a-{number}"]))
        assert 0 < texts.weight <= limit
        assert text.weight < text.content.weight + 1024 * 1024


async def test_that_a_text_larger_than_all_room_is_kept_while_it_is_the_newest() -> None:
    texts = Texts(limit=1)
    async with texts.at_hand(UUID(int=1)) as large:
        pass
    async with texts.at_hand(UUID(int=1)) as again:
        assert again is large
