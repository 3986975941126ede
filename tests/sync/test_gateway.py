"""The gateway: who receives what, and who does not."""

import asyncio
import contextlib
import time
from typing import Any

import aiohttp
import pytest

from coterie.sync import gateway
from coterie.sync.live_connection import SILENT
from tests.patience import PATIENCE
from tests.people import Browser, Community, Person, Socket, receiving
from tests.serving import Register, over_both_buses

pytestmark = over_both_buses


async def test_ready_holds_the_state_and_its_positions(community: Community) -> None:
    await community.member.send(community.channel, "one")
    socket = await community.member.socket()
    ready = socket.ready
    assert ready["user"]["id"] == community.member.id
    assert [server["id"] for server in ready["servers"]] == [community.server]
    assert ready["positions"][community.channel] == 1
    assert {community.server, community.voice, community.member.id} <= ready["positions"].keys()
    await socket.close()


async def test_a_message_reaches_everybody_in_the_channel_and_nobody_else(community: Community) -> None:
    owner, member, outsider = [
        await person.socket() for person in (community.owner, community.member, community.outsider)
    ]
    sent = await community.member.send(community.channel, "hello", nonce="first")
    for socket in (owner, member):
        frame = await socket.wait_for_type("MESSAGE_CREATE")
        assert frame["d"] == sent
        assert (frame["topic"], frame["position"], frame["previous"]) == (community.channel, 1, 0)
    await outsider.settle()
    assert not outsider.of("MESSAGE_CREATE")
    assert community.server not in outsider.ready["positions"]


async def test_edits_and_deletions_follow_in_order_without_holes(community: Community) -> None:
    socket = await community.owner.socket()
    sent = await community.member.send(community.channel, "helo")
    await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "hello"})
    await community.member.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    await socket.wait_for_type("MESSAGE_DELETE")
    frames = [frame for frame in socket.frames if frame.get("topic") == community.channel]
    assert [frame["t"] for frame in frames] == ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"]
    assert [(frame["previous"], frame["position"]) for frame in frames] == [(0, 1), (1, 2), (2, 3)]
    assert [frame["d"]["content"] for frame in frames] == ["helo", "hello", ""]
    assert frames[-1]["d"]["deleted"] is True


async def test_a_large_message_arrives_whole(community: Community) -> None:
    socket = await community.owner.socket()
    content = "\N{SNOWMAN}" * 4000
    await community.member.send(community.channel, content)
    await community.member.send(community.channel, "after it")
    frame = await socket.wait_for(lambda frame: frame.get("position") == 2 and frame["topic"] == community.channel)
    assert frame["d"]["content"] == "after it"
    assert socket.of("MESSAGE_CREATE")[0]["d"]["content"] == content


async def test_a_new_member_receives_from_then_on(community: Community) -> None:
    newcomer, owner = await community.outsider.socket(), await community.owner.socket()
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    created = await newcomer.wait_for_type("SERVER_CREATE")
    assert created["d"]["id"] == community.server
    joined = await owner.wait_for_type("MEMBER_JOIN")
    assert joined["d"]["user_id"] == community.outsider.id
    here = {"user_id": community.outsider.id, "status": "online"}
    await owner.wait_for(lambda frame: frame.get("t") == "PRESENCE_UPDATE" and here.items() <= frame["d"].items())
    await community.member.send(community.channel, "welcome")
    assert (await newcomer.wait_for_type("MESSAGE_CREATE"))["d"]["content"] == "welcome"


async def test_a_former_member_receives_nothing_more(community: Community) -> None:
    leaver, owner = await community.member.socket(), await community.owner.socket()
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    await leaver.wait_for_type("SERVER_DELETE")
    assert (await owner.wait_for_type("MEMBER_LEAVE"))["d"]["user_id"] == community.member.id
    await community.owner.send(community.channel, "gone?")
    await leaver.settle()
    assert not leaver.of("MESSAGE_CREATE")


async def test_a_new_channel_is_followed_at_once(community: Community) -> None:
    socket = await community.member.socket()
    path = f"/api/servers/{community.server}/channels"
    channel = await community.owner.expect(201, "POST", path, {"name": "news", "type": "text"})
    await community.owner.send(channel["id"], "first")
    frame = await socket.wait_for_type("MESSAGE_CREATE")
    assert (frame["topic"], frame["position"], frame["previous"]) == (channel["id"], 1, 0)
    types = [frame["t"] for frame in socket.of("CHANNEL_CREATE", "MESSAGE_CREATE")]
    assert types == ["CHANNEL_CREATE", "MESSAGE_CREATE"]


async def test_changes_of_channels_and_servers_are_sent(community: Community) -> None:
    socket, owner = await community.member.socket(), community.owner
    server, channel = (
        f"/api/servers/{community.server}",
        f"/api/servers/{community.server}/channels/{community.channel}",
    )
    calls = [
        ("SERVER_UPDATE", 200, "PATCH", server, {"name": "Society"}),
        ("CHANNEL_UPDATE", 200, "PATCH", channel, {"topic": "all"}),
        ("CHANNEL_DELETE", 204, "DELETE", channel, None),
        ("SERVER_DELETE", 204, "DELETE", server, None),
    ]
    for type, status, method, path, body in calls:
        async with receiving(type, socket):
            await owner.expect(status, method, path, body)
    seen = socket.of(*(call[0] for call in calls))
    assert [frame["t"] for frame in seen] == [call[0] for call in calls]
    assert seen[0]["d"]["name"] == "Society"
    assert seen[1]["d"]["topic"] == "all"


async def test_a_changed_profile_is_seen_by_those_who_share_a_server(community: Community) -> None:
    owner, outsider = await community.owner.socket(), await community.outsider.socket()
    await community.member.expect(200, "PATCH", "/api/users/@me", {"bio": "gardener"})
    frame = await owner.wait_for_type("USER_UPDATE")
    assert (frame["d"]["user_id"], frame["d"]["bio"]) == (community.member.id, "gardener")
    await outsider.settle()
    assert not [frame for frame in outsider.of("USER_UPDATE") if frame["d"]["id"] != community.outsider.id]


async def test_typing_reaches_those_who_may_see_the_channel(community: Community) -> None:
    owner, member, outsider = [
        await person.socket() for person in (community.owner, community.member, community.outsider)
    ]
    await outsider.say("TYPING_START", {"channel_id": community.channel})
    await outsider.settle()
    await member.say("TYPING_START", {"channel_id": community.channel})
    frame = await owner.wait_for_type("TYPING_START")
    assert (frame["d"]["user_id"], frame["d"]["channel_id"]) == (community.member.id, community.channel)
    await outsider.settle()
    assert not outsider.of("TYPING_START")
    assert len(owner.of("TYPING_START")) == 1


async def test_presence_is_the_aggregate_over_sockets(community: Community) -> None:
    owner, outsider = await community.owner.socket(), await community.outsider.socket()
    first, second = await community.member.socket(), await community.member.socket()

    def presence(status: str) -> object:
        return owner.wait_for(
            lambda frame: (
                frame.get("t") == "PRESENCE_UPDATE"
                and (frame["d"]["user_id"], frame["d"]["status"]) == (community.member.id, status)
            )
        )

    await presence("online")  # type: ignore[misc]
    await second.say("PRESENCE_UPDATE", {"status": "dnd", "custom_status": "busy"})
    await presence("dnd")  # type: ignore[misc]
    await first.close()
    await owner.settle()
    assert not [frame for frame in owner.of("PRESENCE_UPDATE") if frame["d"]["status"] == "offline"]
    await second.close()
    await presence("offline")  # type: ignore[misc]
    await outsider.settle()
    assert not outsider.of("PRESENCE_UPDATE")
    profile = await community.owner.expect(200, "GET", f"/api/users/{community.member.id}")
    assert (profile["status"], profile["custom_status"]) == ("offline", "busy")


async def test_a_silent_client_is_disconnected(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "SILENCE_SECONDS", 1.0)
    longest_pause = 1.0
    while longest_pause >= 1.0:  # on a machine that stalled, the talking client was silent as well
        silent, talking = await community.owner.socket(), await community.member.socket()
        longest_pause = await talk_until_closed(talking, silent)
    assert await silent.wait_for_close() == SILENT
    assert not talking.is_closed
    await talking.close()


async def talk_until_closed(talking: Socket, other: Socket) -> float:
    """Send heartbeats, and one more when the other socket is closed; returns the longest pause, in seconds."""
    longest, heard_at, is_last = 0.0, time.monotonic(), False
    while not (is_last or talking.is_closed):
        await asyncio.sleep(0.2)  # the pace of its heartbeats
        is_last, said_at = other.is_closed, time.monotonic()
        with contextlib.suppress(aiohttp.ClientConnectionError):  # it was closed meanwhile
            await talking.say("HEARTBEAT")
        async with asyncio.timeout(PATIENCE), talking.arrived:
            await talking.arrived.wait_for(lambda: {"op": "HEARTBEAT_ACK"} in talking.frames or talking.is_closed)
        talking.frames.clear()
        longest, heard_at = max(longest, time.monotonic() - heard_at), said_at
    return longest


async def test_a_socket_can_follow_only_the_users_own_data(community: Community) -> None:
    socket = await community.member.socket("&follow=own")
    assert socket.ready["positions"].keys() == {community.member.id}
    message = {"channel_id": community.channel, "content": "hello", "nonce": "n"}
    await socket.say("MESSAGE_SEND", message)
    await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_ACK")
    await community.member.expect(201, "POST", "/api/servers", {"name": "Another"})
    await socket.wait_for_type("SERVER_CREATE")
    await socket.settle()
    assert {frame["topic"] for frame in socket.frames if "topic" in frame} == {community.member.id}


async def test_logging_out_closes_the_socket(register: Register) -> None:
    person = await register()
    socket = await person.socket()
    await person.expect(204, "POST", "/api/auth/logout")
    assert await socket.wait_for_close() == 4001


async def test_heartbeats_are_answered(register: Register) -> None:
    socket = await (await register()).socket()
    await socket.say("HEARTBEAT")
    await socket.wait_for(lambda frame: frame == {"op": "HEARTBEAT_ACK"})


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"op":5}', '{"op":"TYPING_START","d":7}', '{"op":"NO"}'])
async def test_what_cannot_be_understood_is_ignored(register: Register, text: str) -> None:
    socket = await (await register()).socket()
    await socket.socket.send_str(text)
    await socket.settle()


@pytest.mark.parametrize("query", ["", "?token=", "?token=nonsense"])
async def test_without_a_login_the_handshake_is_refused(browser: Browser, query: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await browser.http.ws_connect(browser.url.replace("http", "ws", 1) + "/ws" + query)
    assert refusal.value.status == 401


async def handshake(person: Person, query: str = "", **options: Any) -> str | None:
    """Open the gateway; returns the subprotocol that the server has chosen."""
    socket = await person.http.ws_connect(person.url.replace("http", "ws", 1) + f"/ws{query}", **options)
    ready = await socket.receive_json()
    assert (ready["t"], ready["d"]["user"]["id"]) == ("READY", person.id)
    await socket.close()
    chosen: str | None = socket.protocol
    return chosen


async def test_the_token_comes_in_a_header(register: Register) -> None:
    person, other = await register(), await register()
    headers = {"Authorization": f"Bearer {person.token}"}
    await handshake(person, headers=headers)
    await handshake(person, f"?token={other.token}", headers=headers)


async def test_the_token_comes_as_a_subprotocol(register: Register) -> None:
    """For pages of other origins, whose browser sets no header of a handshake."""
    person = await register()
    assert await handshake(person, protocols=["coterie", f"bearer.{person.token}"]) == "coterie"
    assert await handshake(person, protocols=[f"bearer.{person.token}", "coterie"]) == "coterie"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await handshake(person, protocols=["coterie", "bearer.nonsense"])


async def test_a_token_of_thirty_days_is_refused_in_an_address(register: Register) -> None:
    """Addresses are logged on the way: what is found there should be worthless soon."""
    person = await register(lasting=True)
    await handshake(person, f"?token={person.token}")
    await handshake(person, headers={"Authorization": f"Bearer {person.login['token']}"})
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await handshake(person, f"?token={person.login['token']}")
    assert refusal.value.status == 401


async def test_the_cookie_is_valid_from_the_same_origin_only(register: Register) -> None:
    person: Person = await register()
    url = person.url.replace("http", "ws", 1) + "/ws"
    cookie = {"Cookie": f"coterie_session={person.token}"}
    socket = await person.http.ws_connect(url, headers={**cookie, "Origin": person.url})
    assert (await socket.receive_json())["t"] == "READY"
    await socket.close()
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await person.http.ws_connect(url, headers={**cookie, "Origin": "https://elsewhere.example"})
