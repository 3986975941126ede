"""Server-sent events on the addresses of /sync: the keyed form, and the messenger's."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from coterie.identifiers import new_id
from tests.conversations.opened import opened
from tests.patience import PATIENCE
from tests.people import Community, Person
from tests.sync.braid_reader import BraidStream, Follow


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    id: str | None
    type: str
    data: Any


def messages_of(community: Community) -> str:
    return f"/sync/channels/{community.channel}/messages"


async def next_event(stream: BraidStream) -> Event:
    """The next event; comments are skipped."""
    async with asyncio.timeout(PATIENCE):
        while True:
            while b"\n\n" not in stream.rest:
                assert not stream.is_over, "the stream ended"
                stream.rest += await stream.read_chunk()
            block, _, stream.rest = stream.rest.partition(b"\n\n")
            lines = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
            if lines:
                return Event(lines.get("id"), lines["event"], json.loads(lines["data"]))


@pytest.mark.parametrize(
    "how", [{"query": "?subscribe=sse"}, {"query": "?format=sse"}, {"Accept": "text/event-stream"}]
)
async def test_it_works(community: Community, follow: Follow, how: dict[str, str]) -> None:
    first = await community.member.send(community.channel, "hello")
    path, headers = messages_of(community) + how.get("query", ""), {k: v for k, v in how.items() if k != "query"}
    stream = await follow(community.owner, path, Subscribe=None, **headers)
    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert stream.headers["x-accel-buffering"] == "no"
    snapshot = await next_event(stream)
    version = json.loads((await community.owner.get(messages_of(community))).headers["version"])
    assert snapshot == Event(version, "snapshot", {first["id"]: first})
    second = await community.member.send(community.channel, "line\nline \N{SNOWMAN}")
    event = await next_event(stream)
    assert (event.type, event.data) == ("MESSAGE_CREATE", {"key": second["id"], "value": second})


async def test_the_last_event_id_resumes(community: Community, follow: Follow) -> None:
    path = messages_of(community) + "?subscribe=sse"
    stream = await follow(community.owner, path)
    known = await next_event(stream)
    stream.cut()
    sent = [await community.member.send(community.channel, f"{number}") for number in range(3)]
    for asking in ({"path": path, "Last_Event_ID": known.id}, {"path": f"{path}&last_event_id={known.id}"}):
        again = await follow(community.owner, asking.pop("path"), **asking)
        assert [(await next_event(again)).data["key"] for _ in sent] == [message["id"] for message in sent]


async def test_an_unknown_last_event_id_gets_a_snapshot(community: Community, follow: Follow) -> None:
    for last in ("9@nothing", "\N{LATIN SMALL LETTER E WITH ACUTE}", "x" * 500):
        stream = await follow(community.owner, messages_of(community) + "?subscribe=sse", Last_Event_ID=last)
        assert (await next_event(stream)).type == "snapshot"


async def test_removals_are_null(community: Community, follow: Follow) -> None:
    stream = await follow(community.member, f"/sync/servers/{community.server}?subscribe=sse")
    await next_event(stream)
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/channels/{community.voice}")
    event = await next_event(stream)
    assert (event.type, event.data) == ("CHANNEL_DELETE", {"key": f"channels/{community.voice}", "value": None})


async def test_heartbeats_are_comments(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community) + "?subscribe=sse", Heartbeats="1s")
    await next_event(stream)
    assert await stream.read_chunk() == b":\n\n"


async def test_a_former_member_receives_nothing_more(community: Community, follow: Follow) -> None:
    stream = await follow(community.member, messages_of(community) + "?subscribe=sse")
    await next_event(stream)
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    while not stream.is_over:
        assert b"event:" not in await stream.read_chunk()
    assert (await follow(community.outsider, messages_of(community) + "?subscribe=sse")).status == 404


async def test_a_page_of_the_same_origin_is_known_by_its_cookie(community: Community, follow: Follow) -> None:
    path = messages_of(community) + "?subscribe=sse"
    cookie = {"Authorization": None, "Cookie": f"coterie_session={community.owner.token}"}
    own = {"Origin": community.owner.url, "Sec-Fetch-Site": "same-origin"}
    assert (await follow(community.owner, path, **cookie, **own)).status == 200
    assert (await follow(community.owner, path, **cookie)).status == 200
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert (await follow(community.owner, path, **cookie, **elsewhere)).status == 401
    assert (await follow(community.owner, path, **cookie, Sec_Fetch_Site="cross-site")).status == 401


@pytest.fixture
async def conversation(community: Community, shared_database_url: str) -> str:
    """A conversation of the owner and the member."""
    return await opened(shared_database_url, community.owner, community.member)


async def say(person: Person, conversation: str, content: str) -> str:
    """Write as the desktop client does; returns the message's id."""
    id = str(new_id())
    path = f"/sync/conversations/{conversation}/messages/{id}"
    answer = await person.call("PUT", path, json={"content": content, "message_type": "text"})
    assert (answer.status, answer.body["success"], answer.body["message_id"]) == (200, True, id)
    assert json.loads(answer.headers["version"]) == answer.body["version"]
    return id


async def test_the_messengers_form(community: Community, follow: Follow, conversation: str) -> None:
    said = [await say(community.member, conversation, f"caf\N{LATIN SMALL LETTER E WITH ACUTE} {n}") for n in range(52)]
    path = f"/sync/conversations/{conversation}/messages"
    stream = await follow(community.owner, path, Accept="*/*")
    assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    events = [await next_event(stream) for _ in range(50)]
    assert [event.data["id"] for event in events] == list(reversed(said[2:]))
    assert {event.type for event in events} == {"message"}
    assert [event.id is None for event in events] == [True] * 49 + [False]
    assert events[0].data == {
        "id": said[-1],
        "conversation_id": conversation,
        "sender_id": community.member.id,
        "content": "caf\N{LATIN SMALL LETTER E WITH ACUTE} 51",
        "message_type": {"type": "text"},
        "timestamp": events[0].data["timestamp"],
        "is_read": False,
        "is_delivered": False,
        "crdt_timestamp": 55,
        "braid_version": f"55@{conversation[-12:]}",
        "braid_parents": [],
        "version_vector": {"versions": {}},
        "deleted": False,
    }
    new = await say(community.member, conversation, "\N{PILE OF POO}")
    event = await next_event(stream)
    assert (event.data["id"], event.data["content"]) == (new, "\N{PILE OF POO}")
    assert stream.raw.isascii()
    again = await follow(community.owner, path, Accept="text/event-stream", Last_Event_ID=events[-1].id)
    assert (await next_event(again)).data["id"] == new


@pytest.mark.parametrize(
    ("headers", "query", "type"),
    [
        ({}, "", "text/event-stream; charset=utf-8"),
        ({"Accept": "text/event-stream"}, "", "text/event-stream; charset=utf-8"),
        ({"Subscribe": None}, "?format=sse", "text/event-stream; charset=utf-8"),
        ({}, "?format=braid", "application/http-history"),
        ({"Accept": "text/event-stream"}, "?format=braid", "application/http-history"),
        ({"Accept": "application/json"}, "", "application/http-history"),
        ({"Peer": "p1"}, "", "application/http-history"),
        ({"Parents": ""}, "", "application/http-history"),
        ({"Heartbeats": "5s"}, "", "application/http-history"),
        ({"Sec-Fetch-Mode": "cors"}, "", "application/http-history"),
        ({"Subscribe": None}, "", "application/json"),
        ({"Subscribe": None, "Accept": "*/*"}, "", "application/json"),
    ],
)
async def test_who_is_answered_in_which_form(
    community: Community, follow: Follow, conversation: str, headers: dict[str, str], query: str, type: str
) -> None:
    stream = await follow(community.owner, f"/sync/conversations/{conversation}/messages{query}", **headers)
    assert stream.headers["content-type"] == type


async def test_a_browser_gets_keys_in_a_conversation_too(
    community: Community, follow: Follow, conversation: str
) -> None:
    path = f"/sync/conversations/{conversation}/messages?subscribe=sse"
    stream = await follow(community.owner, path, Accept="text/event-stream")
    assert (await next_event(stream)).type == "snapshot"


async def test_a_conversation_is_its_participants_only(community: Community, follow: Follow, conversation: str) -> None:
    path = f"/sync/conversations/{conversation}/messages"
    assert (await follow(community.outsider, path)).status == 404
    assert (await follow(community.outsider, path + "?format=braid")).status == 404
    assert (await community.owner.get(path.replace("conversations", "channels"))).status == 404
    answer = await community.outsider.call("PUT", f"{path}/{new_id()}", json={"content": "hello"})
    assert answer.status == 404
