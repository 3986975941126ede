"""The list of conversations: the newest activity first, page by page, with the last message."""

import json
from uuid import uuid4

from tests.conversations.test_direct import opened
from tests.conversations.test_groups import group
from tests.people import Person
from tests.serving import Register


async def listed(person: Person, query: str = "") -> list[str]:
    page = await person.expect(200, "GET", f"/api/conversations{query}")
    return [each["id"] for each in page["conversations"]]


async def test_the_newest_activity_comes_first(register: Register) -> None:
    one, *others = [await register() for _ in range(4)]
    made = [await opened(one, other) for other in others]
    assert await listed(one) == made[::-1]
    await others[0].send(made[0], "hello")
    assert await listed(one) == [made[0], made[2], made[1]]
    group_id = await group(one, *others)
    assert await listed(one) == [group_id, made[0], made[2], made[1]]


async def test_it_is_read_page_by_page(register: Register) -> None:
    one, *others = [await register() for _ in range(6)]
    made = [await opened(one, other) for other in others][::-1]
    first = await one.expect(200, "GET", "/api/conversations?limit=2")
    assert ([each["id"] for each in first["conversations"]], first["has_more"]) == (made[:2], True)
    second = await one.expect(200, "GET", f"/api/conversations?limit=3&before={made[1]}")
    assert ([each["id"] for each in second["conversations"]], second["has_more"]) == (made[2:], False)
    assert await listed(one, f"?before={made[-1]}") == []
    assert await listed(others[0], f"?before={made[0]}") == []


async def test_what_was_said_last(register: Register) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    [shown] = (await one.expect(200, "GET", "/api/conversations"))["conversations"]
    assert (shown["last_message"], shown["last_message_preview"], shown["last_message_at"]) == (None, "", None)
    assert shown["last_message_time"] == shown["created_at"]
    first = await other.send(conversation, "one " * 100)
    last = await other.send(conversation, "last")
    await other.expect(201, "POST", f"/api/channels/{conversation}/messages/{last['id']}/thread", {"content": "reply"})
    await other.expect(204, "DELETE", f"/api/messages/{last['id']}")
    [shown] = (await one.expect(200, "GET", "/api/conversations"))["conversations"]
    assert (shown["last_message"]["id"], shown["last_seq"], shown["unread_count"]) == (first["id"], first["seq"], 1)
    assert shown["last_message_preview"] == ("one " * 50).strip() + "\N{HORIZONTAL ELLIPSIS}"
    assert shown["last_message"] == {
        "id": first["id"],
        "conversation_id": conversation,
        "sender_id": other.id,
        "content": first["content"],
        "message_type": {"type": "text"},
        "timestamp": first["created_at"],
        "is_read": False,
        "is_delivered": False,
        "crdt_timestamp": first["version"],
        "braid_version": f"{first['version']}@{first['channel_id'][-12:]}",
        "braid_parents": [f"{first['version'] - 1}@{first['channel_id'][-12:]}"],
        "version_vector": {"versions": {}},
        "deleted": False,
    }


async def test_the_history_in_the_old_shape(register: Register) -> None:
    one, other, outsider = [await register(name) for name in ("one", "other", "outsider")]
    conversation = await opened(one, other)
    sent = [(await other.send(conversation, f"{number}"))["id"] for number in range(5)][::-1]
    path = f"/api/conversations/{conversation}/messages"
    page = await one.expect(200, "GET", path)
    assert ([each["id"] for each in page["messages"]], page["has_more"]) == (sent, False)
    page = await one.expect(200, "GET", f"{path}?limit=2&offset=1")
    assert ([each["id"] for each in page["messages"]], page["has_more"]) == (sent[1:3], True)
    page = await one.expect(200, "GET", f"{path}?limit=2&before={sent[2]}")
    assert ([each["id"] for each in page["messages"]], page["has_more"]) == (sent[3:], False)
    await one.expect(400, "GET", f"{path}?offset=-1")
    await outsider.expect(404, "GET", path)


async def test_mentions_are_counted(register: Register) -> None:
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    for content in ("hello", f"@{one.username} hello", "@everyone"):
        await other.send(conversation, content)
    [counted] = await one.expect(200, "GET", "/api/users/@me/unread")
    assert counted.items() >= {"channel_id": conversation, "unread_count": 3, "mention_count": 2}.items()
    assert await other.expect(200, "GET", "/api/users/@me/unread") == []


async def test_it_can_be_searched(register: Register) -> None:
    one, other, outsider = [await register(name) for name in ("one", "other", "outsider")]
    conversation = await opened(one, other)
    elsewhere = await opened(one, outsider)
    sent = await other.send(conversation, "a needle in the hay")
    await one.send(elsewhere, "another needle")
    path = f"/api/conversations/{conversation}/search?q=needle"
    found = await one.expect(200, "GET", path)
    assert ([each["id"] for each in found["results"]], found["total"]) == ([sent["id"]], 1)
    await outsider.expect(404, "GET", path)
    assert (await one.expect(200, "GET", f"{path}%20from:{one.username}"))["results"] == []


async def test_the_history_has_the_versions_that_clients_gave(register: Register) -> None:
    """And the Parents that they named, or the version before; each can be sent back as a parent."""
    one, other = await register("one"), await register("other")
    conversation = await opened(one, other)
    at_sync = f"/sync/conversations/{conversation}/messages"
    start = json.loads((await one.get(f"{at_sync}?format=braid")).headers["version"])
    position, _, topic = start.partition("@")
    third, fourth = (f"{int(position) + number}@{topic}" for number in (3, 4))
    for headers in (
        {"Version": '"ann-1"'},
        {"Version": '"ann-2"', "Parents": '"ann-1"'},
        {},
        {"Version": '"ann-3"', "Parents": '"ann-2"'},
    ):
        body = json.dumps({"content": "x"})
        answer = await one.call("PUT", f"{at_sync}/{uuid4()}", data=body, headers=headers)
        assert answer.status == 200
    path = f"/api/conversations/{conversation}/messages"
    shown = [
        [(each["braid_version"], each["braid_parents"]) for each in (await person.expect(200, "GET", path))["messages"]]
        for person in (other, one)
    ]
    first = [(third, ["ann-2"]), ("ann-2", ["ann-1"]), ("ann-1", [start])]
    assert shown == [[("ann-3", ["ann-2"]), *first], [(fourth, ["ann-2"]), *first]], "see Resuming in braid.md"
