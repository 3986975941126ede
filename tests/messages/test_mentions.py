"""Mentions: whom a text mentions, who can mention whom, and what an edit changes."""

import pytest

from coterie.messages.mentions import find
from tests.people import Community, Person


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@bob", ["bob"]),
        ("hi @Bob, and (@carol)!", ["bob", "carol"]),
        ("@bob's turn; @bob. Again @BOB", ["bob"]),
        ("**@bob** *@carol* > @dave", ["bob", "carol", "dave"]),
        ("> quoted @bob", ["bob"]),
        ("@bob\n@carol", ["bob", "carol"]),
        ("日本@bob", []),
        ("日本 @bob", ["bob"]),
        ("hi@bob and bob@example.com", []),
        ("@bob@example.com and @carol", ["carol"]),
        ("`@bob` and ``a ` @carol`` @dave", ["dave"]),
        ("an open ` tick @bob", ["bob"]),
        ("```\n@bob\n```\n@carol", ["carol"]),
        ("```py\n@property\n```", []),
        ("~~~\n@bob\n~~~", []),
        ("a ```@bob``` b", []),
        ("> ```\n> @bob\n> ```", []),
        (r"\@bob @carol", ["carol"]),
        ("https://example.com/@bob @carol www.example.com/@dave", ["carol"]),
        ("@@bob @", []),
        ("@a @" + "b" * 40, []),
        ("@everyone @here", ["everyone", "here"]),
        ("nothing", []),
    ],
)
def test_names_in_a_text(text: str, names: list[str]) -> None:
    assert list(find(text).names) == names


def test_a_wall_of_mentions_is_bounded() -> None:
    assert len(find(" ".join(f"@name{number}" for number in range(400))).names) == 100


async def role(community: Community, name: str, *people: Person) -> str:
    """A role that these users have."""
    path = f"/api/servers/{community.server}/roles"
    made: str = (await community.owner.expect(201, "POST", path, {"name": name}))["id"]
    for person in people:
        await community.owner.expect(204, "PUT", f"/api/servers/{community.server}/members/{person.id}/roles/{made}")
    return made


async def test_members_are_mentioned_by_name(community: Community) -> None:
    member, owner, outsider = community.member, community.owner, community.outsider
    socket = await member.socket()
    text = f"@{member.username.upper()} (@{owner.username}) @{outsider.username} @nobody_at_all"
    sent = await owner.send(community.channel, text)
    assert sent["mention_user_ids"] == [member.id, owner.id]
    assert (sent["content"], sent["mention_everyone"]) == (text, False)
    assert (await socket.wait_for_type("MESSAGE_CREATE"))["d"]["mention_user_ids"] == [member.id, owner.id]
    path = f"/api/channels/{community.channel}/messages"
    assert (await member.expect(200, "GET", path))[0]["mention_user_ids"] == [member.id, owner.id]


async def test_those_who_may_not_view_the_channel_are_not_mentioned(community: Community) -> None:
    body = {"user_id": community.member.id, "allow": 0, "deny": 1}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", body)
    sent = await community.owner.send(community.channel, f"@{community.member.username}")
    assert sent["mention_user_ids"] == []


async def test_everybody_is_mentioned_by_those_who_may(community: Community) -> None:
    for author, may in ((community.owner, True), (community.member, False)):
        sent = await author.send(community.channel, "@everyone and @here")
        assert (sent["mention_everyone"], sent["mention_here"]) == (may, may)


async def test_an_edit_mentions_again(community: Community) -> None:
    owner, member = community.owner, community.member
    socket = await member.socket()
    sent = await owner.send(community.channel, f"@{member.username} @everyone")
    edited = await owner.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": f"@{owner.username}"})
    assert (edited["mention_user_ids"], edited["mention_everyone"]) == ([owner.id], False)
    frame = await socket.wait_for_type("MESSAGE_UPDATE")
    assert frame["d"]["mention_user_ids"] == [owner.id]
    await owner.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    path = f"/api/channels/{community.channel}/messages/{sent['id']}"
    assert (await owner.expect(200, "GET", path))["mention_user_ids"] == []
