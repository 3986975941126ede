"""Which reactions are accepted, who reacted, and the limits of reactions and pins."""

from urllib.parse import quote
from uuid import uuid4

import pytest

from coterie.database.pool import OwnConnection
from tests.files.test_emojis import create
from tests.people import Community
from tests.shapes import Shape, assert_shape, is_text, is_time, is_uuid, nullable

REACTOR: Shape = {"user_id": is_uuid, "username": is_text, "avatar_url": nullable(is_text), "created_at": is_time}


async def reactions(community: Community) -> str:
    """The path of the reactions to a new message."""
    sent = await community.owner.send(community.channel, "hello")
    return f"/api/channels/{community.channel}/messages/{sent['id']}/reactions"


async def test_who_reacted(community: Community) -> None:
    path = await reactions(community)
    for person in (community.owner, community.member):
        await person.expect(204, "PUT", f"{path}/x")
    await community.member.expect(204, "PUT", f"{path}/y")
    await community.member.expect(200, "PATCH", "/api/users/@me", {"display_name": "Anna"})
    both = await community.member.expect(200, "GET", f"{path}/x/users")
    assert_shape(both[0], REACTOR)
    assert {each["display_name"] for each in both} == {None, "Anna"}
    assert [each["user_id"] for each in both] == sorted([community.owner.id, community.member.id])
    assert await community.member.expect(200, "GET", f"{path}/x/users?limit=1") == both[:1]
    second = await community.member.expect(200, "GET", f"{path}/x/users?after={both[0]['user_id']}")
    assert second == both[1:]
    assert await community.member.expect(200, "GET", f"{path}/z/users") == []
    await community.outsider.expect(404, "GET", f"{path}/x/users")


@pytest.mark.parametrize("emoji", ["\x07", "a\nb", "\u202eabc", "\x7f", "\u2028"])
async def test_what_cannot_be_seen_is_no_emoji(community: Community, emoji: str) -> None:
    answer = await community.member.call("PUT", f"{await reactions(community)}/{quote(emoji)}")
    assert (answer.status, answer.code) == (400, "invalid")


async def test_an_emoji_of_several_characters(community: Community) -> None:
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    path = await reactions(community)
    await community.member.expect(204, "PUT", f"{path}/{quote(family)}")
    assert (await community.member.expect(200, "GET", path))[0]["emoji"] == family


async def test_emojis_of_the_server(community: Community) -> None:
    path = await reactions(community)
    smile = (await create(community.owner, community.server, "smile")).body["id"]
    await community.member.expect(204, "PUT", f"{path}/c:{smile}")
    other = (await community.owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    foreign = (await create(community.owner, other, "smile")).body["id"]
    for unknown in (foreign, uuid4(), "smile", ""):
        assert (await community.owner.call("PUT", f"{path}/c:{unknown}")).code == "unknown_emoji"
    assert (await community.outsider.call("PUT", f"{path}/c:{smile}")).code == "not_found"


async def test_the_limit_of_emojis_of_a_message(community: Community) -> None:
    path = await reactions(community)
    for number in range(50):
        await community.member.expect(204, "PUT", f"{path}/{number}")
    assert (await community.owner.call("PUT", f"{path}/one-more")).code == "too_many_reactions"
    await community.owner.expect(204, "PUT", f"{path}/7")


async def test_the_limit_of_pins_of_a_channel(community: Community, rows: OwnConnection) -> None:
    await rows.execute(
        """
        INSERT INTO messages (id, channel_id, seq, version, content, pinned_at, created_at)
        SELECT gen_random_uuid(), $1::uuid, number, number, 'pinned', now(), now()
        FROM generate_series(1000, 1248) AS number
        """,
        community.channel,
    )
    sent = [await community.owner.send(community.channel, "pin me") for _ in range(2)]
    first, second = (f"/api/channels/{community.channel}/messages/{message['id']}/pin" for message in sent)
    await community.owner.expect(204, "POST", first)
    assert (await community.owner.call("POST", second)).code == "too_many_pins"
    await community.owner.expect(204, "DELETE", first)
    await community.owner.expect(204, "POST", second)
