"""Resuming: exactly what was missed, after any time; and sending over the socket."""

import asyncio

import asyncpg

from tests.people import Community, Person, Socket
from tests.serving import LiveServer, over_both_buses

pytestmark = over_both_buses


async def resumed(person: Person, positions: dict[str, int]) -> Socket:
    socket = await person.socket()
    await socket.say("RESUME", {"positions": positions})
    return socket


def of_topic(socket: Socket, topic: str) -> list[dict[str, object]]:
    return [frame for frame in socket.frames if frame.get("topic") == topic]


async def test_what_was_missed_is_sent_once_in_its_newest_state(community: Community) -> None:
    socket = await community.member.socket()
    first = await community.owner.send(community.channel, "first")
    await socket.wait_for_type("MESSAGE_CREATE")
    await socket.close()
    second = await community.owner.send(community.channel, "second")
    third = await community.owner.send(community.channel, "third")
    await community.owner.expect(200, "PATCH", f"/api/messages/{first['id']}", {"content": "first!"})
    await community.owner.expect(204, "DELETE", f"/api/messages/{second['id']}")
    await community.owner.expect(200, "PATCH", f"/api/messages/{third['id']}", {"content": "third!"})
    back = await resumed(community.member, {community.channel: 1})
    await back.wait_for(lambda frame: frame.get("position") == 6)
    frames = of_topic(back, community.channel)
    assert [(frame["t"], frame["previous"], frame["position"]) for frame in frames] == [
        ("MESSAGE_UPDATE", 1, 4),
        ("MESSAGE_DELETE", 4, 5),
        ("MESSAGE_CREATE", 5, 6),
    ]
    await community.owner.send(community.channel, "live")
    live = await back.wait_for(lambda frame: frame.get("position") == 7)
    assert live["previous"] == 6


async def test_the_structure_and_the_users_own_data_are_resumed_too(community: Community) -> None:
    socket = await community.member.socket()
    positions = socket.ready["positions"]
    await socket.close()
    path = f"/api/servers/{community.server}/channels"
    channel = await community.owner.expect(201, "POST", path, {"name": "news", "type": "text"})
    await community.owner.expect(200, "PATCH", f"{path}/{channel['id']}", {"topic": "all of it"})
    await community.member.expect(200, "PATCH", "/api/users/@me", {"activity": "reading"})
    back = await resumed(community.member, positions)
    await back.wait_for(lambda frame: frame.get("t") == "USER_UPDATE" and frame["topic"] == community.member.id)
    update = await back.wait_for_type("CHANNEL_UPDATE")
    assert update["d"]["topic"] == "all of it"
    assert update["previous"] == positions[community.server]
    assert not back.of("CHANNEL_CREATE"), "one key, one event"


async def test_more_than_a_page_is_resumed_without_holes(community: Community) -> None:
    count = 1_203
    await asyncio.gather(*(community.owner.send(community.channel, str(number)) for number in range(count)))
    back = await resumed(community.member, {community.channel: 0})
    await back.wait_for(lambda frame: frame.get("position") == count)
    frames = of_topic(back, community.channel)
    assert [(frame["previous"], frame["position"]) for frame in frames] == [(n, n + 1) for n in range(count)]


async def test_nothing_is_resumed_of_what_one_may_not_see(community: Community) -> None:
    await community.owner.send(community.channel, "secret")
    socket = await resumed(community.outsider, {community.channel: 0, community.server: 0})
    await socket.settle()
    assert not of_topic(socket, community.channel)
    assert not of_topic(socket, community.server)


async def test_a_position_that_cannot_be_resumed_is_said_to_be_reset(
    community: Community, live_server: LiveServer
) -> None:
    for text in ("one", "two"):
        await community.owner.send(community.channel, text)
    ahead = await resumed(community.member, {community.channel: 99})
    assert (await ahead.wait_for_type("TOPIC_RESET"))["position"] == 2
    connection = await asyncpg.connect(live_server.settings.database_url)
    await connection.execute("UPDATE topics SET floor = 2 WHERE id = $1", community.channel)
    await connection.close()
    below = await resumed(community.member, {community.channel: 1})
    reset = await below.wait_for_type("TOPIC_RESET")
    assert (reset["topic"], reset["previous"], reset["position"]) == (community.channel, 1, 2)


async def test_sending_over_the_socket_is_acknowledged_after_it_is_durable(community: Community) -> None:
    socket = await community.member.socket()
    message = {"channel_id": community.channel, "content": "hello", "nonce": "n-1"}
    for _ in range(2):
        await socket.say("MESSAGE_SEND", message)

    def acknowledgements() -> list[object]:
        return [frame["d"] for frame in socket.frames if frame.get("op") == "MESSAGE_ACK"]

    await socket.wait_for(lambda _: len(acknowledgements()) == 2)
    await socket.settle()
    page = await community.member.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert acknowledgements() == [{"nonce": "n-1", "message": page[0]}] * 2
    assert len(page) == 1
    assert len(socket.of("MESSAGE_CREATE")) == 1


async def test_a_refused_message_says_why(community: Community) -> None:
    socket = await community.outsider.socket()
    await socket.say("MESSAGE_SEND", {"channel_id": community.channel, "content": "hello", "nonce": "a"})
    await socket.say("MESSAGE_SEND", {"channel_id": community.channel, "content": "", "nonce": "b"})
    for nonce, code in (("a", "not_found"), ("b", "invalid")):
        refusal = {"op": "MESSAGE_REFUSED", "code": code, "nonce": nonce}
        await socket.wait_for(lambda frame: refusal.items() <= {**frame.get("d", {}), "op": frame["op"]}.items())  # noqa: B023


async def test_messages_of_one_socket_keep_their_order(community: Community) -> None:
    socket = await community.member.socket()
    for number in range(100):
        body = {"channel_id": community.channel, "content": str(number), "nonce": f"n{number}"}
        await socket.say("MESSAGE_SEND", body)
    await socket.wait_for(lambda frame: frame.get("position") == 100)
    frames = of_topic(socket, community.channel)
    assert [frame["d"]["content"] for frame in frames] == [str(number) for number in range(100)]  # type: ignore[index]
