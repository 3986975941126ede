"""A client-made nonce makes a send repeatable: the same answer, and no second message."""

import asyncio

from coterie.database.pool import OwnConnection
from tests.people import Answer, Community, Person


async def send(person: Person, channel: str, content: str = "hello", nonce: str = "n1", **fields: object) -> Answer:
    return await person.post(f"/api/channels/{channel}/messages", {"content": content, "nonce": nonce, **fields})


async def count(rows: OwnConnection, channel: str) -> tuple[int, int]:
    """The number of messages and the channel's position: a repeat changes neither."""
    statement = "SELECT (SELECT count(*) FROM messages WHERE channel_id = $1), position FROM topics WHERE id = $1"
    row = await rows.fetchrow(statement, channel)
    assert row is not None
    return row[0], row[1]


async def test_it_works(community: Community, rows: OwnConnection) -> None:
    first = await send(community.member, community.channel)
    assert (first.status, first.body["nonce"]) == (201, "n1")
    again = await send(community.member, community.channel)
    assert (again.status, again.body) == (201, first.body)
    assert await count(rows, community.channel) == (1, 1)


async def test_repeats_at_once_are_answered_alike(community: Community, rows: OwnConnection) -> None:
    for number in range(5):
        sends = [send(community.member, community.channel, nonce=f"n{number}") for _ in range(3)]
        answers = await asyncio.gather(*sends)
        assert [answer.status for answer in answers] == [201] * 3
        assert answers[0].body == answers[1].body == answers[2].body
        assert await count(rows, community.channel) == (number + 1, number + 1)


async def test_repeats_among_many_others_leave_no_hole(community: Community, rows: OwnConnection) -> None:
    sends = [send(community.member, community.channel, f"{n % 20}", f"n{n % 20}") for n in range(60)]
    answers = await asyncio.gather(*sends)
    assert {answer.status for answer in answers} == {201}
    assert sorted({answer.body["seq"] for answer in answers}) == list(range(1, 21))
    assert all(answer.body["content"] == answer.body["nonce"][1:] for answer in answers)
    assert await count(rows, community.channel) == (20, 20)


async def test_a_nonce_belongs_to_one_author(community: Community, rows: OwnConnection) -> None:
    mine = await send(community.member, community.channel)
    theirs = await send(community.owner, community.channel)
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.body["id"] != theirs.body["id"]
    assert await count(rows, community.channel) == (2, 2)


async def test_a_nonce_cannot_be_used_for_something_else(community: Community, rows: OwnConnection) -> None:
    first = await send(community.member, community.channel)
    channels = f"/api/servers/{community.server}/channels"
    other = await community.owner.expect(201, "POST", channels, {"name": "other", "type": "text"})
    refused = [
        await send(community.member, community.channel, "something else"),
        await send(community.member, community.channel, reply_to=first.body["id"]),
        await send(community.member, other["id"]),
    ]
    assert [(answer.status, answer.code) for answer in refused] == [(409, "nonce_reused")] * 3
    assert await count(rows, community.channel) == (1, 1)
    assert await count(rows, other["id"]) == (0, 0)


async def test_a_repeat_after_an_edit_answers_what_stands_now(community: Community) -> None:
    first = await send(community.member, community.channel)
    edited = await community.member.expect(200, "PATCH", f"/api/messages/{first.body['id']}", {"content": "hi"})
    again = await send(community.member, community.channel)
    assert (again.status, again.body) == (201, edited)


async def test_a_repeat_after_a_deletion_does_not_bring_it_back(community: Community, rows: OwnConnection) -> None:
    first = await send(community.member, community.channel)
    await community.member.expect(204, "DELETE", f"/api/messages/{first.body['id']}")
    again = await send(community.member, community.channel)
    assert (again.status, again.body["id"], again.body["deleted"]) == (201, first.body["id"], True)
    assert again.body["content"] == ""
    assert await count(rows, community.channel) == (1, 2)


async def test_a_nonce_reveals_nothing_to_an_outsider(community: Community) -> None:
    await community.outsider.expect(201, "POST", f"/api/servers/{community.server}/join")
    await send(community.outsider, community.channel)
    await community.outsider.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    assert (await send(community.outsider, community.channel)).status == 404
