"""/chat: one chat room for the whole instance, as the messenger's old clients use it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import pytest

from coterie.chat_room.queries import set_chat_room
from coterie.process.refusals import Exit
from coterie.servers.limits import JOINS
from tests.patience import PATIENCE
from tests.people import Answer, Browser, Community, Person
from tests.serving import serving, settings_for
from tests.startup.conftest import coterie
from tests.usage.conftest import community_on


@dataclass
class Room:
    """A server of the test's own, and the commands of its operator."""

    community: Community
    url: str

    async def operate(self, *words: str) -> str:
        ended = await asyncio.to_thread(coterie, "chat-room", *words, variables={"DATABASE_URL": self.url})
        assert ended.code == 0, ended.complaint
        return ended.output


@pytest.fixture
async def room(database_url: str, http: aiohttp.ClientSession) -> AsyncIterator[Room]:
    """Switched on by the operator."""
    async with serving(settings_for(database_url)) as server:
        community = await community_on(server, http)
        connection = await asyncpg.connect(database_url)
        await set_chat_room(connection, UUID(community.channel))
        await connection.close()
        yield Room(community, database_url)


async def say(person: Browser, text: Any, **headers: str) -> Answer:
    body = {"text": text, "author": "somebody else", "timestamp": "2020-01-01T00:00:00Z"}
    return await person.call("PUT", "/chat", json=body, headers=headers)


class Reader:
    """Follows the room."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.rest = b""

    async def update(self) -> tuple[str, list[dict[str, Any]]]:
        """The next update: its version, and the whole list. Blank lines between are heartbeats."""
        async with asyncio.timeout(PATIENCE):
            while b"\r\n\r\n" not in self.rest.lstrip(b"\r\n"):
                self.rest += await self._more()
            head, _, self.rest = self.rest.lstrip(b"\r\n").partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            assert set(headers) == {"Version", "Content-Length"}
            length = int(headers["Content-Length"])
            while len(self.rest) < length + 4:
                self.rest += await self._more()
            body, end, self.rest = self.rest[:length], self.rest[length : length + 4], self.rest[length + 4 :]
            assert end == b"\r\n\r\n"
            return json.loads(headers["Version"]), json.loads(body)

    async def _more(self) -> bytes:
        chunk = await self.response.content.readany()
        assert chunk, "the stream ended"
        return chunk

    async def end(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.response.content.readany():
                pass


async def follow(person: Person, **headers: str) -> Reader:
    sent = {"Authorization": f"Bearer {person.token}", "Subscribe": "true", **headers}
    response = await person.http.get(f"{person.url}/chat", headers=sent)
    assert response.status == 209
    return Reader(response)


async def test_it_works(room: Room) -> None:
    owner, member = room.community.owner, room.community.member
    reader = await follow(member)
    headers = reader.response.headers
    assert (headers["subscribe"], headers["content-type"]) == ("true", "application/json")
    assert headers["cache-control"] == "no-cache, no-transform, no-store"
    assert headers["x-accel-buffering"] == "no"
    version, listed = await reader.update()
    assert (version, listed) == ("v0", [])
    first = await say(owner, "hello")
    assert (first.status, first.body, first.headers["version"]) == (200, "", '"v1"')
    version, [message] = await reader.update()
    assert version == "v1"
    assert (message["text"], message["author"], message["version"]) == ("hello", owner.username, "v1")
    assert not message["timestamp"].startswith("2020")
    await say(member, "hi")
    version, listed = await reader.update()
    assert (version, [each["text"] for each in listed]) == ("v2", ["hello", "hi"])
    [stored, _] = await owner.expect(200, "GET", f"/api/channels/{room.community.channel}/messages")
    assert stored["content"] == "hi"


async def test_resuming(room: Room) -> None:
    owner, member = room.community.owner, room.community.member
    for text in ("one", "two"):
        await say(owner, text)
    current = await follow(member, Parents='"v2"')
    behind = await follow(member, Parents='"v1"')
    unknown = await follow(member, Parents='"v99", "something"')
    assert [each["text"] for each in (await behind.update())[1]] == ["one", "two"]
    assert (await unknown.update())[0] == "v2"
    await say(owner, "three")
    for reader in (current, behind, unknown):
        version, listed = await reader.update()
        assert (version, len(listed)) == ("v3", 3), "who has the newest is not sent it again"


async def test_edits_and_deletions_are_new_lists(room: Room) -> None:
    owner, reader = room.community.owner, await follow(room.community.member)
    await reader.update()
    sent = await owner.send(room.community.channel, "hello")
    await reader.update()
    await owner.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "goodbye"})
    assert [each["text"] for each in (await reader.update())[1]] == ["goodbye"]
    await owner.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    assert await reader.update() == ("v3", [])


async def test_the_list_is_bounded(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.chat_room.rooms.MESSAGES", 5)
    for number in range(8):
        await say(room.community.owner, f"{number}")
    version, listed = await (await follow(room.community.member)).update()
    assert (version, [each["text"] for each in listed]) == ("v8", ["3", "4", "5", "6", "7"])


async def test_everyone_with_an_account_is_in_it(room: Room) -> None:
    outsider = room.community.outsider
    assert (await say(outsider, "may I?")).status == 200
    assert (await (await follow(outsider)).update())[1][0]["author"] == outsider.username


async def test_a_removed_member_receives_nothing_more(room: Room) -> None:
    member = room.community.member
    reader = await follow(member)
    await reader.update()
    path = f"/api/servers/{room.community.server}/members/{member.id}/ban"
    await room.community.owner.expect(204, "POST", path, {})
    await reader.end()
    assert b"Version" not in reader.rest
    assert (await say(member, "again")).status == 404
    assert (await member.get("/chat", headers={"Subscribe": "true"})).status == 404


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 4001, "\N{SNOWMAN}" * 3334, "a\0b", None, 7])
async def test_texts_that_are_refused(room: Room, text: Any) -> None:
    assert (await say(room.community.owner, text)).status in (400, 422)


async def test_texts_that_are_accepted(room: Room) -> None:
    for text in ("x" * 4000, "\N{SNOWMAN}" * 3333):
        assert (await say(room.community.owner, text)).status == 200
    assert (await say(room.community.owner, "x", Parents='"v1", "' + "y" * 197 + '"')).status == 200


async def test_parents_that_cannot_be(room: Room) -> None:
    assert (await say(room.community.owner, "x", Parents='"' + "y" * 200 + '"')).status == 400
    headers = {"Subscribe": "true", "Parents": "y" * 201}
    assert (await room.community.owner.get("/chat", headers=headers)).status == 400


async def test_a_repeat_with_a_nonce_sends_nothing_twice(room: Room) -> None:
    body = {"text": "once", "nonce": "key"}
    answers = [await room.community.owner.call("PUT", "/api/chat", json=body) for _ in range(2)]
    assert [(answer.status, answer.headers["version"]) for answer in answers] == [(200, '"v1"')] * 2


async def test_who_may_ask_and_how(room: Room, http: aiohttp.ClientSession) -> None:
    stranger = Browser(room.community.owner.url, http)
    assert (await say(stranger, "hello")).status == 401
    assert (await stranger.get("/chat", headers={"Subscribe": "true"})).status == 401
    answer = await room.community.owner.get("/chat")
    assert (answer.status, answer.code) == (400, "invalid")
    assert (await room.community.owner.post("/chat")).status == 405


async def test_heartbeats_and_the_end_when_it_is_switched_off(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coterie.messenger.chat.SILENCE_SECONDS", 0.05)
    reader = await follow(room.community.member)
    await reader.update()
    assert await reader.response.content.readexactly(2) == b"\r\n"
    assert "off" in await room.operate("off")
    await reader.end()
    answer = await say(room.community.owner, "hello")
    assert (answer.status, answer.code) == (404, "not_found")
    assert "off" in await room.operate("show")
    assert "Club/general" in await room.operate("on", "club/General")
    assert (await say(room.community.owner, "hello")).status == 200


async def test_typing_without_a_channel_is_sent_to_the_chat_room(room: Room) -> None:
    socket = await room.community.owner.socket()
    await room.community.member.post("/typing", {"user": "x", "is_typing": True})
    assert (await socket.wait_for_type("TYPING_START"))["d"]["channel_id"] == room.community.channel


async def test_which_channels_it_can_be(database_url: str) -> None:
    ended = await asyncio.to_thread(
        coterie, "chat-room", "on", "nowhere/general", variables={"DATABASE_URL": database_url}
    )
    assert ended.code == Exit.NOT_FOUND, ended.complaint
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT chat_channel_id FROM instance_settings") is None
    await connection.close()


async def test_entering_counts_as_joining_a_server(database_url: str, http: aiohttp.ClientSession) -> None:
    async with serving(settings_for(database_url, RATE_LIMITS="on")) as server:
        community = await community_on(server, http)
        connection = await asyncpg.connect(database_url)
        await set_chat_room(connection, UUID(community.channel))
        await connection.close()
        statuses = [await enter_and_leave(community) for _ in range(JOINS.rate.burst + 1)]
        assert statuses == [209] * JOINS.rate.burst + [429]
        await (await follow(community.owner)).update()


async def enter_and_leave(community: Community) -> int:
    person = community.outsider
    headers = {"Authorization": f"Bearer {person.token}", "Subscribe": "true"}
    async with person.http.get(f"{person.url}/chat", headers=headers) as response:
        if response.status == 209:
            await person.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
        return response.status
