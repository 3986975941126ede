"""A text client over the npm package braid-http against shared documents: both ways, at once, cut off.

That package is the transport of other text clients: updates, patches, forms of PUT, retries and heartbeats are the
real ones. What such a client does above it is in `simpleton.mjs`, since `braid-text` has no open licence and npm's
registry did not serve it; when it does, `driver.mjs` is where it goes.
"""

import asyncio
import random
from typing import Any

import pytest

from tests.braid_client.conftest import Client, Start, Wire
from tests.documents.simpleton import ids, put
from tests.documents.test_documents import make
from tests.patience import PATIENCE
from tests.people import Community, Person

pytestmark = pytest.mark.extended("another client's package; tests/sync and tests/messenger test the same protocol")


class Text:
    """A document as a client in Node has it; `name` is its peer."""

    def __init__(self, client: Client, name: str, path: str) -> None:
        self.client = client
        self.name = name
        self.path = path
        self.asked = 0

    async def open(self) -> "Text":
        await self.client.do("open", self.name, path=self.path)
        await self.until(lambda state: state["updates"])
        return self

    async def edit(self, *patches: tuple[int, int, str], digests: bool = False) -> None:
        await self.client.do("edit", self.name, patches=patches, digests=digests)

    async def state(self) -> dict[str, Any]:
        await self.client.do("state", self.name)
        self.asked += 1
        found: dict[str, Any] = (await self.client.told(self.name, self.asked))[-1]["state"]
        assert (found["failed"], found["refused"]) == (None, []), found
        return found

    async def until(self, holds: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while not holds(state := await self.state()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return state

    async def shows(self, text: str) -> dict[str, Any]:
        return await self.until(lambda state: state["text"] == text and not state["underWay"])


async def text_of(person: Person, path: str) -> str:
    return str((await person.get(path)).body)


async def test_edits_go_both_ways(community: Community, start: Start) -> None:
    document = await make(community.owner, community.channel, text="héllo 😀\r\n")
    path = f"/sync/documents/{document}"
    ann = await Text(await start(community.owner), "ann", path).open()
    bob = await Text(await start(community.member), "bob", path).open()
    assert (await ann.state())["digests"] == 1
    await ann.edit((0, 1, "H"), (6, 7, "👩\u200d🚀é"), digests=True)
    await bob.shows("Héllo 👩\u200d🚀é\r\n")
    await bob.edit((7, 9, ""), digests=True)
    state = await ann.shows("Héllo 👩é\r\n")
    assert (state["updates"], state["dropped"], state["digests"]) == (2, 0, 2)
    assert state["version"] == ["bob-1"]
    assert await text_of(community.owner, path) == "Héllo 👩é\r\n"


async def test_everybody_types_at_once_and_is_cut_off(community: Community, start: Start, wire: Wire) -> None:
    document = await make(community.owner, community.channel, text="in the beginning")
    path = f"/sync/documents/{document}"
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)
    over_wire, direct = await start(community.owner, wire.url), await start(community.member)
    texts = [
        await Text(client, name, path).open()
        for name, client in (("ann", over_wire), ("anna", over_wire), ("bob", direct))
    ]
    for number in range(90):
        text = chance.choice(texts)
        gone, content = chance.choice([0, 0, 1, 4]), chance.choice(["a", "bc ", "😀", "e\u0301", "\r\n", "שלום"])
        await text.client.do("type", text.name, at=chance.random(), gone=gone, content=content)
        if number % 5 == 0:
            await text.state()  # lets what is on its way arrive
        if number in (30, 60):
            wire.cut()
    for text in texts:
        await text.until(lambda state: not state["underWay"])
    shown = await text_of(community.owner, path)
    for text in texts:
        assert (await text.shows(shown))["digests"] > 0


async def test_an_edit_whose_answer_was_lost(community: Community, start: Start, wire: Wire) -> None:
    """It counts as the client's version; the subscription begins again with it, and the edit is stored once."""
    document = await make(community.owner, community.channel, text="0123456789")
    path = f"/sync/documents/{document}"
    begun = ids((await community.member.get(path)).headers["version"])
    ann = await Text(await start(community.owner, wire.url), "ann", path).open()
    wire.cut_after = 0  # what is answered next is lost
    await ann.edit((0, 0, "ä"))
    assert (await put(community.member, path, "bob-1", begun, [(10, 10, "zz")]))[0] == 200
    await ann.shows("ä0123456789zz")
    assert wire.cuts == 1
    assert await text_of(community.owner, path) == "ä0123456789zz"
    history = await community.owner.expect(200, "GET", f"/api/documents/{document}/history")
    assert sum(entry["edits"] for entry in history["edits"]) == 3
