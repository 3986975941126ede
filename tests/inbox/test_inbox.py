"""The inbox: mentions and replies in every channel that the user can view, and nothing else."""

from typing import Any

import pytest

from tests.conversations.conftest import Open
from tests.messages.test_mentions import role
from tests.people import Community, Person

Items = list[tuple[str, str, bool]]


async def inbox(person: Person, query: str = "") -> Any:
    return await person.expect(200, "GET", f"/api/inbox{query}")


async def items(person: Person, query: str = "") -> Items:
    """Each with what it says, why it is there, and whether it is read."""
    found = (await inbox(person, query))["items"]
    return [(each["message"]["content"], each["reason"], each["is_read"]) for each in found]


async def unread(person: Person) -> Items:
    return await items(person, "?unread=true")


async def reply(person: Person, channel: str, root: dict[str, Any], content: str) -> dict[str, Any]:
    """In the thread of a message."""
    path = f"/api/channels/{channel}/messages/{root['id']}/thread"
    sent: dict[str, Any] = await person.expect(201, "POST", path, {"content": content})
    return sent


async def test_it_works(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    asked = await member.send(channel, "a question")
    await owner.send(channel, "nothing for anybody")
    mentioning = await owner.send(channel, f"@{member.username} look")
    await owner.send(channel, "an answer", reply_to=asked["id"])
    await role(community, "Crew", member)
    await owner.send(channel, "to the @crew")
    await owner.send(channel, "@everyone")
    expected = [
        ("@everyone", "everyone", False),
        ("to the @crew", "role", False),
        ("an answer", "reply", False),
        (mentioning["content"], "mention", False),
    ]
    assert await items(member) == expected
    assert await unread(member) == expected
    first = (await inbox(member))["items"][0]
    assert first["server_id"] == community.server
    path = f"/api/channels/{channel}/messages/{first['message']['id']}"
    assert first["message"] == await member.expect(200, "GET", path)
    assert await items(owner) == []


async def test_a_reply_mentions_whom_it_answers(community: Community) -> None:
    """In the message, in the count of mentions, and after an edit of the reply."""
    owner, member, channel = community.owner, community.member, community.channel
    asked = await member.send(channel, "a question")
    socket = await member.socket()
    answer = await owner.send(channel, "an answer", reply_to=asked["id"])
    assert answer["mention_user_ids"] == [member.id]
    assert (await socket.wait_for_type("MESSAGE_CREATE"))["d"]["mention_user_ids"] == [member.id]
    [counted] = await member.expect(200, "GET", "/api/users/@me/unread")
    assert (counted["unread_count"], counted["mention_count"]) == (1, 1)
    edited = await owner.expect(200, "PATCH", f"/api/messages/{answer['id']}", {"content": "a better answer"})
    assert edited["mention_user_ids"] == [member.id]
    assert await items(member) == [("a better answer", "reply", False)]
    both = await owner.send(channel, f"@{member.username}!", reply_to=asked["id"])
    assert both["mention_user_ids"] == [member.id]
    own = await member.send(channel, "to myself", reply_to=asked["id"])
    assert own["mention_user_ids"] == []
    assert len(await items(member)) == 2


async def test_a_user_who_cannot_view_mentions_nobody_by_a_reply(community: Community) -> None:
    asked = await community.member.send(community.channel, "a question")
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    answer = await community.owner.send(community.channel, "an answer", reply_to=asked["id"])
    assert answer["mention_user_ids"] == []


async def test_what_is_mentioning_in_threads_is_there(community: Community) -> None:
    """Though it does not count among the channel's unread mentions. Replies in a thread as such mention nobody."""
    owner, member, channel = community.owner, community.member, community.channel
    root = await member.send(channel, "root")
    await reply(owner, channel, root, "just a reply")
    mentioning = await reply(owner, channel, root, "hello")
    await owner.expect(200, "PATCH", f"/api/messages/{mentioning['id']}", {"content": f"@{member.username}"})
    await reply(owner, channel, root, f"@{member.username} again")
    assert [reason for _, reason, _ in await unread(member)] == ["mention", "mention"]
    assert await member.expect(200, "GET", "/api/users/@me/unread") == []
    await member.expect(204, "POST", f"/api/channels/{channel}/ack", {"message_id": mentioning["id"]})
    assert [is_read for _, _, is_read in await items(member)] == [False, True]


async def test_only_what_one_may_view_now(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    await owner.send(channel, f"@{member.username}")
    closed = {"user_id": member.id, "allow": 0, "deny": 1}
    override = await owner.expect(200, "PUT", f"/api/channels/{channel}/overrides", closed)
    assert await items(member) == await unread(member) == []
    await owner.expect(204, "DELETE", f"/api/channels/{channel}/overrides/{override['id']}")
    assert len(await items(member)) == len(await unread(member)) == 1
    await member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    assert await items(member) == await unread(member) == []
    assert await items(community.outsider) == []


async def test_what_was_said_before_one_came(community: Community) -> None:
    """A mention of everyone excluded later members. Mentions by name remain, as read."""
    owner, member, channel = community.owner, community.member, community.channel
    await owner.send(channel, "@everyone")
    await owner.send(channel, f"@{member.username}")
    await member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    await member.expect(201, "POST", f"/api/servers/{community.server}/join")
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    assert await items(member) == [(f"@{member.username}", "mention", True)]
    assert await unread(member) == await items(community.outsider) == []


async def test_what_is_gone_is_gone(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    deleted = await owner.send(channel, f"@{member.username}")
    edited = await owner.send(channel, f"@{member.username}")
    await owner.expect(204, "DELETE", f"/api/messages/{deleted['id']}")
    await owner.expect(200, "PATCH", f"/api/messages/{edited['id']}", {"content": "nobody"})
    assert await items(member) == []


async def test_page_by_page(community: Community) -> None:
    """Each once, in the order of time over all places, however they mention the user."""
    owner, member = community.owner, community.member
    channels = f"/api/servers/{community.server}/channels"
    other = (await owner.expect(201, "POST", channels, {"name": "other", "type": "text"}))["id"]
    texts = [f"@everyone @{member.username} {number}" for number in range(7)]
    for number, text in enumerate(texts):
        await owner.send(other if number % 2 else community.channel, text)
    for query in ("?limit=3", "?limit=3&unread=true"):
        seen: list[str] = []
        before = ""
        for count, has_more in ((3, True), (3, True), (1, False)):
            page = await inbox(member, query + before)
            assert (len(page["items"]), page["has_more"]) == (count, has_more)
            seen += [each["message"]["content"] for each in page["items"]]
            before = f"&before={page['items'][-1]['message']['id']}"
        assert seen == texts[::-1]
    unknown = await inbox(member, f"?before={community.server}")
    assert unknown == {"items": [], "has_more": False}
    hidden = await community.outsider.expect(201, "POST", "/api/servers", {"name": "Own"})
    own = await community.outsider.expect(
        201, "POST", f"/api/servers/{hidden['id']}/channels", {"name": "x", "type": "text"}
    )
    elsewhere = await community.outsider.send(own["id"], "secret")
    assert await inbox(member, f"?before={elsewhere['id']}") == unknown


@pytest.mark.parametrize("limit", [-1, 0, 1])
async def test_a_limit_is_at_least_one(community: Community, limit: int) -> None:
    for _ in range(2):
        await community.owner.send(community.channel, "@everyone")
    assert len(await items(community.member, f"?limit={limit}")) == 1


async def test_reading_on_one_device_is_sent_to_the_others(community: Community) -> None:
    owner, member, channel = community.owner, community.member, community.channel
    mentioning = await owner.send(channel, f"@{member.username}")
    await owner.send(channel, "more")
    other = await member.socket()
    await member.expect(204, "POST", f"/api/channels/{channel}/ack", {"message_id": mentioning["id"]})
    assert await unread(member) == []
    assert [is_read for _, _, is_read in await items(member)] == [True]
    await other.settle()
    [told] = other.of("READ_MARK_UPDATE")
    assert told["d"] == {"channel_id": channel, "position": mentioning["seq"]}


async def test_marking_all_as_read(community: Community) -> None:
    """Each place up to the last message that mentions the user, and no further; what is read is not told again."""
    owner, member, channel = community.owner, community.member, community.channel
    channels = f"/api/servers/{community.server}/channels"
    second = (await owner.expect(201, "POST", channels, {"name": "second", "type": "text"}))["id"]
    quiet = (await owner.expect(201, "POST", channels, {"name": "quiet", "type": "text"}))["id"]
    await owner.send(channel, "@everyone")
    last = {
        channel: (await owner.send(channel, f"@{member.username}"))["seq"],
        second: (await owner.send(second, "@everyone"))["seq"],
    }
    await owner.send(channel, "after")
    await owner.send(quiet, "nothing")
    socket = await member.socket()
    for _ in range(2):
        await member.expect(204, "POST", "/api/inbox/read")
    await socket.settle()
    told = [frame["d"] for frame in socket.of("READ_MARK_UPDATE")]
    assert {each["channel_id"]: each["position"] for each in told} == last
    assert len(told) == 2
    assert await unread(member) == []
    counts = {
        each["channel_id"]: each["unread_count"] for each in await member.expect(200, "GET", "/api/users/@me/unread")
    }
    assert counts == {channel: 1, quiet: 1}


async def test_a_muted_place_is_in_the_inbox_all_the_same(community: Community) -> None:
    for path in (f"servers/{community.server}", f"channels/{community.channel}"):
        choice = {"level": "nothing", "muted_until": "9999-12-31T00:00:00Z"}
        await community.member.expect(200, "PUT", f"/api/{path}/notifications", choice)
    await community.owner.send(community.channel, f"@{community.member.username}")
    assert len(await unread(community.member)) == 1


async def test_a_conversation_has_its_place_among_them(community: Community, open_direct: Open) -> None:
    one, other = community.owner, community.outsider
    conversation = await open_direct(one, other)
    asked = await one.send(conversation, "a question")
    await other.send(conversation, "an answer", reply_to=asked["id"])
    await community.member.send(community.channel, f"@{one.username}")
    await other.send(conversation, f"@{one.username} @everyone")
    [everyone, _, answer] = (await inbox(one))["items"]
    assert (everyone["server_id"], everyone["reason"], everyone["message"]["channel_id"]) == (
        None,
        "mention",
        conversation,
    )
    assert (answer["server_id"], answer["reason"]) == (None, "reply")
    await one.expect(204, "POST", "/api/inbox/read")
    assert await unread(one) == []
    assert await items(community.member) == []


async def test_anonymous_callers_have_none(community: Community) -> None:
    nobody = {"Authorization": "Bearer x"}
    assert (await community.member.call("GET", "/api/inbox", headers=nobody)).status == 401
    assert (await community.member.call("POST", "/api/inbox/read", headers=nobody)).status == 401
