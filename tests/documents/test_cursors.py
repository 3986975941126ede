"""Cursors: where users are in a text."""

import asyncio
import json
from typing import Any
from uuid import uuid4

from tests.documents.simpleton import put
from tests.documents.test_documents import make
from tests.patience import PATIENCE
from tests.people import Community, Person

MEDIA_TYPE = "application/text-cursors+json"


class Watching:
    """A subscription to cursors."""

    def __init__(self, person: Person, document: str, peer: str) -> None:
        self.person = person
        self.url = f"{person.url}/sync/documents/{document}"
        self.peer = peer
        self.state: dict[str, Any] = {}

    def __await__(self) -> Any:
        return self.open().__await__()

    async def open(self) -> "Watching":
        headers = {
            "Authorization": f"Bearer {self.person.token}",
            "Accept": MEDIA_TYPE,
            "Subscribe": "true",
            "Peer": self.peer,
        }
        self.response = await self.person.http.get(self.url, headers=headers)
        assert self.response.status == 209
        await self.next()
        return self

    async def next(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while (line := await self.response.content.readline()) == b"\r\n":
                pass
            assert line == b"HTTP 200 OK\r\n"
            headers = {}
            while (line := await self.response.content.readline()) != b"\r\n":
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            content = await self.response.content.readexactly(int(headers["content-length"]))
        if "content-range" not in headers:
            self.state = json.loads(content)
            return
        [peer] = json.loads(headers["content-range"].removeprefix("json "))
        if content:
            self.state[peer] = json.loads(content)
        else:
            self.state.pop(peer, None)

    async def until(self, **state: Any) -> None:
        while self.state != state:
            await self.next()

    def close(self) -> None:
        self.response.close()


async def at(person: Person, document: str, peer: str, *places: tuple[int, int]) -> int:
    """Send a user's selections."""
    body = json.dumps([{"from": start, "to": end} for start, end in places])
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Content-Type": MEDIA_TYPE,
        "Content-Range": f"json {json.dumps([peer])}",
    }
    url = f"{person.url}/sync/documents/{document}"
    async with person.http.put(url, data=body, headers=headers) as response:
        return response.status


async def shown(person: Person, document: str, state: dict[str, Any]) -> None:
    """Until a request is answered with it."""
    path, headers = f"/sync/documents/{document}", {"Accept": MEDIA_TYPE}
    async with asyncio.timeout(PATIENCE):
        while json.loads((await person.get(path, headers=headers)).body) != state:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_it_works(community: Community) -> None:
    document = await make(community.owner, community.channel, text="0123456789")
    path = f"/sync/documents/{document}"
    head = await community.owner.call("HEAD", path, headers={"Accept": MEDIA_TYPE})
    assert (head.status, head.headers["Content-Type"]) == (200, MEDIA_TYPE)
    ann, bob = await Watching(community.owner, document, "ann"), await Watching(community.member, document, "bob")
    assert await at(community.owner, document, "ann", (3, 5), (8, 6)) == 200
    await bob.until(ann=[{"from": 3, "to": 5}, {"from": 8, "to": 6}])
    assert (await put(community.member, path, "bob-1", None, [(0, 0, "ab")]))[0] == 200
    assert (await put(community.member, path, "bob-3", None, [(9, 11, "")]))[0] == 200
    await shown(community.member, document, {"ann": [{"from": 5, "to": 7}, {"from": 9, "to": 8}]})
    later = await Watching(community.member, document, "later")
    assert later.state == {"ann": [{"from": 5, "to": 7}, {"from": 9, "to": 8}]}
    ann.close()
    await bob.until()
    later.close()
    bob.close()


async def test_who_may_be_where(community: Community) -> None:
    document = await make(community.owner, community.channel)
    assert await at(community.owner, document, "nobody", (0, 0)) == 425
    ann = await Watching(community.owner, document, f"{community.owner.id}.1")
    assert await at(community.member, document, f"{community.owner.id}.1", (0, 0)) == 403
    assert await at(community.outsider, document, "eve", (0, 0)) == 404
    assert await at(community.owner, document, f"{community.owner.id}.1", (0, -1)) == 400
    assert await at(community.owner, document, f"{community.owner.id}.1", *[(0, 0)] * 51) == 400
    unknown = await Watching(community.member, document, str(uuid4()))  # is nobody's name without a dot
    plain = await Watching(community.owner, document, "mine")
    assert await at(community.member, document, "mine", (0, 0)) == 403
    for each in (ann, unknown, plain):
        each.close()


async def test_that_losing_the_right_ends_it(community: Community) -> None:
    document = await make(community.owner, community.channel)
    bob = await Watching(community.member, document, "bob")
    await community.owner.expect(204, "POST", f"/api/servers/{community.server}/members/{community.member.id}/kick", {})
    async with asyncio.timeout(PATIENCE):
        assert (await bob.response.read()).strip() == b""
