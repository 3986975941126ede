"""GET /api/channels/{channel_id}/messages/{message_id}, PATCH and DELETE /api/messages/{message_id}"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.people import Browser, Community
from tests.shapes import MESSAGE, assert_shape


async def test_it_works(community: Community) -> None:
    sent = await community.member.send(community.channel, "helo")
    changed = await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "hello"})
    assert_shape(changed, MESSAGE)
    assert changed == {**sent, "content": "hello", "edited_at": changed["edited_at"], "version": 2}
    assert changed["edited_at"] > sent["created_at"]
    path = f"/api/channels/{community.channel}/messages"
    assert await community.owner.expect(200, "GET", f"{path}/{sent['id']}") == changed
    assert await community.owner.expect(200, "GET", path) == [changed]


async def test_an_edit_that_changes_nothing_leaves_no_trace(community: Community) -> None:
    sent = await community.member.send(community.channel, "hello")
    assert await community.member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "hello"}) == sent


async def test_a_message_is_found_in_its_own_channel_only(community: Community) -> None:
    sent = await community.member.send(community.channel, "hello")
    answer = await community.member.get(f"/api/channels/{community.voice}/messages/{sent['id']}")
    assert (answer.status, answer.code) == (404, "not_found")
    answer = await community.member.get(f"/api/channels/{uuid4()}/messages/{sent['id']}")
    assert answer.status == 404


async def test_to_outsiders_it_looks_absent(community: Community, browser: Browser) -> None:
    sent = await community.member.send(community.channel, "secret")
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/api/channels/{community.channel}/messages/", None),
        ("PATCH", "/api/messages/", {"content": "defaced"}),
        ("DELETE", "/api/messages/", None),
    ]
    for method, path, body in calls:
        hidden = await community.outsider.call(method, path + sent["id"], json=body)
        absent = await community.outsider.call(method, path + str(uuid4()), json=body)
        assert (hidden.status, hidden.body) == (absent.status, absent.body)
        assert (absent.status, absent.code) == (404, "not_found")
        assert (await browser.call(method, path + sent["id"], json=body)).status == 401
    read = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages/{sent['id']}")
    assert read == sent


async def test_only_its_author_edits_a_message(community: Community) -> None:
    sent = await community.member.send(community.channel, "mine")
    answer = await community.owner.patch(f"/api/messages/{sent['id']}", {"content": "yours"})
    assert (answer.status, answer.code) == (403, "not_the_author")
    read = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages/{sent['id']}")
    assert read == sent


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"content": ""}, 400),
        ({"content": "x" * 4001}, 400),
        ({"content": "nul\0"}, 400),
        ({}, 422),
        ({"content": None}, 422),
    ],
)
async def test_what_editing_refuses(community: Community, body: Any, status: int) -> None:
    sent = await community.member.send(community.channel, "hello")
    answer = await community.member.patch(f"/api/messages/{sent['id']}", body)
    assert (answer.status, answer.code) == (status, "invalid" if status == 400 else "unprocessable")
    read = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages/{sent['id']}")
    assert read == sent


@pytest.mark.parametrize("by", ["owner", "member"])
async def test_author_and_owner_delete_to_a_tombstone(community: Community, by: str) -> None:
    sent = await community.member.send(community.channel, "forget this")
    person = {"owner": community.owner, "member": community.member}[by]
    await person.expect(204, "DELETE", f"/api/messages/{sent['id']}")
    path = f"/api/channels/{community.channel}/messages"
    tombstone = await community.owner.expect(200, "GET", f"{path}/{sent['id']}")
    assert_shape(tombstone, MESSAGE)
    assert tombstone == {**sent, "content": "", "deleted": True, "version": 2}
    assert await community.owner.expect(200, "GET", path) == []


async def test_other_members_do_not_delete_it(community: Community) -> None:
    sent = await community.owner.send(community.channel, "stays")
    answer = await community.member.delete(f"/api/messages/{sent['id']}")
    assert (answer.status, answer.code) == (403, "missing_permission")
    assert len(await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages")) == 1


async def test_a_tombstone_stays_as_it_is(community: Community) -> None:
    sent = await community.member.send(community.channel, "gone")
    path = f"/api/messages/{sent['id']}"
    await community.member.expect(204, "DELETE", path)
    for person in (community.member, community.owner):
        assert (await person.delete(path)).status == 404
        assert (await person.patch(path, {"content": "back"})).status == 404


async def test_a_former_member_changes_nothing(community: Community) -> None:
    sent = await community.member.send(community.channel, "mine")
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    assert (await community.member.patch(f"/api/messages/{sent['id']}", {"content": "x"})).status == 404
    assert (await community.member.delete(f"/api/messages/{sent['id']}")).status == 404


async def test_edits_at_once_each_take_a_position(community: Community) -> None:
    sent = await community.member.send(community.channel, "first")
    path = f"/api/messages/{sent['id']}"
    edits = [community.member.expect(200, "PATCH", path, {"content": f"{number}"}) for number in range(8)]
    changed = await asyncio.gather(*edits)
    assert sorted(message["version"] for message in changed) == list(range(2, 10))
    last = max(changed, key=lambda message: message["version"])
    read = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/messages/{sent['id']}")
    assert read == last


async def test_of_deletions_at_once_one_is_done(community: Community) -> None:
    sent = await community.member.send(community.channel, "gone")
    answers = await asyncio.gather(*(community.member.delete(f"/api/messages/{sent['id']}") for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [204] + [404] * 4


async def test_edits_that_race_with_the_end_of_the_channel_are_done_or_refused(community: Community) -> None:
    sent = [await community.member.send(community.channel, f"{number}") for number in range(12)]
    path = f"/api/servers/{community.server}/channels/{community.channel}"
    edits = [community.member.patch(f"/api/messages/{message['id']}", {"content": "x"}) for message in sent]
    *answers, deleted = await asyncio.gather(*edits, community.owner.delete(path))
    assert {answer.status for answer in answers} <= {200, 404}
    assert deleted.status == 204
