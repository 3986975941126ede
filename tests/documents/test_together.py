"""Several people write one text."""

import asyncio
import random

from tests.documents.conftest import Follow
from tests.documents.simpleton import Simpleton
from tests.people import Community, Person

LETTERS = ["abc ", "😀👍🏽e", "é\u0301\u0308n", "\r\n", "שלום", "x\x00y"]


async def text_of(person: Person, document: str) -> str:
    return str((await person.get(f"/sync/documents/{document}")).body)


async def converge(clients: list[Simpleton], person: Person, document: str) -> str:
    """Until everybody has the text that the server has; answers it."""
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
