"""Threads: replies need the same permissions as messages, and their count is at the root wherever it is shown."""

import asyncio
from uuid import uuid4

from tests.people import Community, Person
from tests.shapes import MESSAGE, assert_shape


async def thread(community: Community) -> tuple[str, str]:
    """A message to reply to, and the address of its thread."""
    root = await community.owner.send(community.channel, "What shall we play?")
    return root["id"], f"/api/channels/{community.channel}/messages/{root['id']}/thread"


async def counts(person: Person, community: Community, root: str) -> set[int]:
    """The count as it is in every place that shows the root."""
    channel = f"/api/channels/{community.channel}"
    page = await person.expect(200, "GET", f"{channel}/messages")
    single = await person.expect(200, "GET", f"{channel}/messages/{root}")
    synced = await person.expect(200, "GET", f"/sync/channels/{community.channel}/messages")
    shown = [next(message for message in page if message["id"] == root), single, synced[root]]
    return {message["thread_reply_count"] for message in shown}


async def test_it_works(community: Community) -> None:
    root, path = await thread(community)
    reply = await community.member.expect(201, "POST", path, {"content": "Chess"})
    assert_shape(reply, MESSAGE)
    assert (reply["thread_id"], reply["reply_to"]) == (root, None)
    assert await community.owner.expect(200, "GET", path) == [reply]
    assert await counts(community.owner, community, root) == {1}
    page = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert [message["id"] for message in page] == [root]


async def test_a_repeated_nonce_makes_no_second_reply(community: Community) -> None:
    root, path = await thread(community)
    body = {"content": "Chess", "nonce": "n"}
    first, again = [await community.member.expect(201, "POST", path, body) for _ in range(2)]
    assert first["id"] == again["id"]
    assert await counts(community.owner, community, root) == {1}
    other = await community.member.post(f"/api/channels/{community.channel}/messages", body)
    assert other.code == "nonce_reused"


async def test_a_reply_may_answer_another(community: Community) -> None:
    root, path = await thread(community)
    first = await community.member.expect(201, "POST", path, {"content": "Chess"})
    body = {"content": "Again?", "reply_to": first["id"]}
    answer = await community.owner.expect(201, "POST", path, body)
    assert (answer["thread_id"], answer["reply_to"]) == (root, first["id"])
    elsewhere = {"content": "Where?", "reply_to": community.channel}
    assert (await community.owner.post(path, elsewhere)).code == "reply_not_found"


async def test_many_replies_at_once_are_all_counted(community: Community) -> None:
    root, path = await thread(community)
    other, other_path = await thread(community)
    socket = await community.member.socket()
    bodies = [{"content": str(number)} for number in range(12)]
    await asyncio.gather(*(community.member.expect(201, "POST", path, body) for body in bodies))
    await asyncio.gather(
        *(community.member.expect(201, "POST", each, {"content": "x"}) for each in (path, other_path)),
        community.member.send(community.channel, "beside"),
    )
    assert await counts(community.owner, community, root) == {13}
    assert await counts(community.owner, community, other) == {1}
    await socket.settle()
    known = socket.ready["positions"][community.channel]
    for frame in [frame for frame in socket.frames if frame.get("topic") == community.channel]:
        assert frame["previous"] == known
        known = frame["position"]


async def test_a_page_begins_behind_a_reply(community: Community) -> None:
    _, path = await thread(community)
    replies = [await community.member.expect(201, "POST", path, {"content": str(number)}) for number in range(4)]
    ids = [reply["id"] for reply in replies]
    for cursor in ("before", "after"):
        page = await community.owner.expect(200, "GET", f"{path}?{cursor}={ids[1]}&limit=1")
        assert [message["id"] for message in page] == [ids[2]]
    assert await community.owner.expect(200, "GET", f"{path}?before={community.server}") == []


async def test_the_events(community: Community) -> None:
    """The reply as an event of its own, and the root with its new count; the same after a resume."""
    root, path = await thread(community)
    watching, away, outsider = [
        await person.socket() for person in (community.owner, community.owner, community.outsider)
    ]
    position = away.ready["positions"][community.channel]
    reply = await community.member.expect(201, "POST", path, {"content": "Chess"})
    live = await watching.wait_for_type("THREAD_MESSAGE_CREATE")
    counted = await watching.wait_for_type("MESSAGE_UPDATE")
    assert (live["d"]["id"], counted["d"]["id"], counted["d"]["thread_reply_count"]) == (reply["id"], root, 1)
    await away.close()
    back = await community.owner.socket()
    await back.say("RESUME", {"positions": {community.channel: position}})
    assert (await back.wait_for_type("THREAD_MESSAGE_CREATE"))["d"]["id"] == reply["id"]
    assert (await back.wait_for_type("MESSAGE_UPDATE"))["d"]["thread_reply_count"] == 1
    await outsider.settle()
    assert not outsider.of("THREAD_MESSAGE_CREATE", "MESSAGE_UPDATE")


async def test_a_deleted_reply_is_not_counted(community: Community) -> None:
    root, path = await thread(community)
    replies = [await community.member.expect(201, "POST", path, {"content": text}) for text in ("one", "two")]
    socket = await community.owner.socket()
    await community.member.expect(204, "DELETE", f"/api/messages/{replies[0]['id']}")
    assert await counts(community.owner, community, root) == {1}
    frame = await socket.wait_for_type("MESSAGE_UPDATE")
    assert (frame["d"]["id"], frame["d"]["thread_reply_count"]) == (root, 1)
    assert [message["id"] for message in await community.owner.expect(200, "GET", path)] == [replies[1]["id"]]


async def test_a_thread_outlives_its_deleted_root_but_does_not_grow(community: Community) -> None:
    root, path = await thread(community)
    reply = await community.member.expect(201, "POST", path, {"content": "one"})
    await community.owner.expect(204, "DELETE", f"/api/messages/{root}")
    await community.member.expect(404, "POST", path, {"content": "two"})
    assert [message["id"] for message in await community.owner.expect(200, "GET", path)] == [reply["id"]]
    await community.member.expect(204, "DELETE", f"/api/messages/{reply['id']}")


async def test_refusals(community: Community) -> None:
    _, path = await thread(community)
    body = {"content": "Chess"}
    reply = await community.member.expect(201, "POST", path, body)
    messages = f"/api/channels/{community.channel}/messages"
    assert (await community.member.post(f"{messages}/{reply['id']}/thread", body)).code == "thread_in_thread"
    assert (await community.member.post(f"{messages}/{community.server}/thread", body)).status == 404
    assert (await community.member.post(path, {"content": ""})).status == 400
    other = await community.owner.expect(
        201, "POST", f"/api/servers/{community.server}/channels", {"name": "other", "type": "text"}
    )
    elsewhere = path.replace(community.channel, other["id"])
    assert (await community.member.post(elsewhere, body)).status == 404
    await community.outsider.expect(404, "POST", path, body)
    await community.outsider.expect(404, "GET", path)


async def test_a_member_who_cannot_send_cannot_reply(community: Community) -> None:
    root, path = await thread(community)
    body = {"user_id": community.member.id, "allow": 0, "deny": 2}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", body)
    assert (await community.member.post(path, {"content": "Chess"})).code == "missing_permission"
    put = f"/sync/channels/{community.channel}/messages/{uuid4()}"
    assert (await community.member.call("PUT", put, json={"content": "b", "thread_id": root})).status == 403


async def test_over_the_socket_and_over_braid(community: Community) -> None:
    root, path = await thread(community)
    socket = await community.member.socket()
    await socket.say("MESSAGE_SEND", {"channel_id": community.channel, "thread_id": root, "content": "a", "nonce": "1"})
    sent = (await socket.wait_for(lambda frame: frame.get("op") == "MESSAGE_ACK"))["d"]["message"]
    put = "0195c0de-0000-7000-8000-" + root[-12:]
    value = {"content": "b", "thread_id": root}
    await community.member.expect(200, "PUT", f"/sync/channels/{community.channel}/messages/{put}", value)
    replies = await community.member.expect(200, "GET", path)
    assert [reply["id"] for reply in replies] == [sent["id"], put]
    assert await counts(community.member, community, root) == {2}
    synced = await community.member.expect(200, "GET", f"/sync/channels/{community.channel}/messages")
    assert synced[put]["thread_id"] == root


async def test_a_channel_lists_its_threads_by_their_last_change(community: Community) -> None:
    (first, path), (second, other), (third, last) = [await thread(community) for _ in range(3)]
    await thread(community)
    for each in (path, other, last, path):
        reply = await community.member.expect(201, "POST", each, {"content": "Chess"})
    listed = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/threads")
    assert [each["root"]["id"] for each in listed] == [first, third, second]
    assert listed[0]["last_reply"] == reply
    assert listed[0]["root"]["thread_reply_count"] == 2
    assert_shape(listed[2]["root"], MESSAGE)

    threads = f"/api/channels/{community.channel}/threads"
    page = await community.owner.expect(200, "GET", f"{threads}?limit=1&before={first}")
    assert [each["root"]["id"] for each in page] == [third]
    assert await community.owner.expect(200, "GET", f"{threads}?before={second}") == []
    assert await community.owner.expect(200, "GET", f"{threads}?before={community.channel}") == []

    # Without its last reply, it shows the one before.
    await community.member.expect(204, "DELETE", f"/api/messages/{reply['id']}")
    [now, *_] = await community.owner.expect(200, "GET", threads)
    assert (now["root"]["id"], now["root"]["thread_reply_count"]) == (first, 1)
    assert now["last_reply"]["id"] != reply["id"]
    await community.outsider.expect(404, "GET", threads)


async def test_a_thread_without_replies_is_not_listed(community: Community) -> None:
    root, path = await thread(community)
    reply = await community.member.expect(201, "POST", path, {"content": "Chess"})
    threads = f"/api/channels/{community.channel}/threads"
    assert len(await community.owner.expect(200, "GET", threads)) == 1
    await community.owner.expect(204, "DELETE", f"/api/messages/{root}")
    [deleted] = await community.owner.expect(200, "GET", threads)
    assert deleted["root"]["deleted"], "its replies can still be read"
    await community.member.expect(204, "DELETE", f"/api/messages/{reply['id']}")
    assert await community.owner.expect(200, "GET", threads) == []
