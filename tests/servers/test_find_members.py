"""GET /api/servers/{server_id}/members/search"""

import pytest

from tests.people import Community, Person
from tests.serving import Register
from tests.shapes import MEMBER, assert_shape


async def found(person: Person, community: Community, q: str, more: str = "") -> list[str]:
    members = await person.expect(200, "GET", f"/api/servers/{community.server}/members/search?q={q}{more}")
    for member in members:
        assert_shape(member, MEMBER)
    return [member["user_id"] for member in members]


async def test_it_works(community: Community, register: Register) -> None:
    owner, member, stranger = community.owner, community.member, await register("zebra")
    await stranger.expect(201, "POST", f"/api/servers/{community.server}/join")
    nickname = f"/api/servers/{community.server}/members/@me"
    await member.expect(200, "PATCH", nickname, {"nickname": "Zoë 100%"})
    await owner.expect(200, "PATCH", "/api/users/@me", {"display_name": "ZORA_1"})
    assert await found(owner, community, "ZEBRA") == [stranger.id]
    assert await found(owner, community, "zo%C3%AB") == [member.id]
    assert set(await found(member, community, "z")) == {owner.id, member.id, stranger.id}
    assert await found(member, community, "z", "&limit=1") == [stranger.id]
    assert await found(member, community, member.username[:8]) == [member.id]
    assert await found(member, community, "%25") == []
    assert await found(member, community, "zora_") == [owner.id]


@pytest.mark.parametrize("given", ["", "?q=", "?q=a&limit=101", "?q=a&limit=0", "?q=%00", f"?q={'x' * 33}"])
async def test_what_is_no_beginning_is_refused(community: Community, given: str) -> None:
    answer = await community.member.get(f"/api/servers/{community.server}/members/search{given}")
    assert answer.status == 400


async def test_outsiders_find_nobody(community: Community) -> None:
    answer = await community.outsider.get(f"/api/servers/{community.server}/members/search?q=a")
    assert (answer.status, answer.code) == (404, "not_found")
