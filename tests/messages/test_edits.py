"""The history of an edited message: for its author and for members who can manage messages, until it is deleted."""

from tests.people import Community


async def edited(community: Community, *texts: str) -> str:
    """The path of a message of the member's that had each of these texts in turn."""
    sent = await community.member.send(community.channel, texts[0])
    for text in texts[1:]:
        await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": text})
    return f"/api/channels/{community.channel}/messages/{sent['id']}"


async def test_it_works(community: Community) -> None:
    path = await edited(community, "one", "two", "two", "three")
    for person in (community.member, community.owner):
        listed = await person.expect(200, "GET", f"{path}/edits")
        assert [edit["content"] for edit in listed] == ["one", "two"]
    message = await community.member.expect(200, "GET", path)
    assert (listed[-1]["edited_at"], listed[-1]["version"]) == (message["edited_at"], message["version"])


async def test_refusals(community: Community) -> None:
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    path = await edited(community, "one", "two")
    assert (await community.outsider.get(f"{path}/edits")).code == "missing_permission"
    await community.outsider.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    await community.outsider.expect(404, "GET", f"{path}/edits")
    await community.member.expect(
        404, "GET", f"/api/channels/{community.voice}/messages/{path.rpartition('/')[2]}/edits"
    )


async def test_it_is_gone_with_the_message(community: Community) -> None:
    path = await edited(community, "one", "two")
    await community.owner.expect(204, "DELETE", f"/api/messages/{path.rpartition('/')[2]}")
    await community.member.expect(404, "GET", f"{path}/edits")


async def test_the_last_fifty_are_kept(community: Community) -> None:
    path = await edited(community, *(f"text {number}" for number in range(54)))
    listed = await community.member.expect(200, "GET", f"{path}/edits")
    assert [edit["content"] for edit in listed] == [f"text {number}" for number in range(3, 53)]
