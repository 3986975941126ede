"""Documents: creating, listing, changing and removing them, and who can."""

import io
import json

from tests.people import Community, Person
from tests.serving import Register


async def make(person: Person, channel: str, title: str = "Notes", **fields: str) -> str:
    made = await person.expect(201, "POST", f"/api/channels/{channel}/documents", {"title": title, **fields})
    return str(made["id"])


async def test_it_works(community: Community) -> None:
    owner, path = community.owner, f"/api/channels/{community.channel}/documents"
    made = await owner.expect(201, "POST", path, {"title": "Agenda", "text": "1. é😀\r\n"})
    assert made == {
        "id": made["id"],
        "channel_id": community.channel,
        "server_id": community.server,
        "title": "Agenda",
        "created_by": owner.id,
        "created_at": made["created_at"],
        "updated_by": owner.id,
        "updated_at": made["created_at"],
        "is_pinned": False,
        "is_archived": False,
        "archived_at": None,
        "length": 7,
    }
    one = f"/api/documents/{made['id']}"
    assert (await community.member.get(one)).body == made
    assert (await community.member.get(f"/sync/documents/{made['id']}")).body == "1. é😀\r\n"
    changed = await owner.expect(200, "PATCH", one, {"title": "Plan", "is_archived": True})
    assert changed["title"] == "Plan"
    assert changed["is_archived"] is True
    assert changed["archived_at"] is not None
    assert (await owner.get(path)).body == []
    assert (await owner.get(path + "?archived=true")).body == [changed]
    await owner.expect(204, "DELETE", one)
    assert (await owner.get(one)).status == 404
    assert (await owner.get(f"/sync/documents/{made['id']}")).status == 404


async def test_pinned_ones_come_first_and_then_the_newest(community: Community) -> None:
    names = [await make(community.owner, community.channel, title) for title in ("one", "two", "three")]
    await community.owner.expect(200, "PATCH", f"/api/documents/{names[0]}", {"is_pinned": True})
    listed = await community.member.expect(200, "GET", f"/api/channels/{community.channel}/documents")
    assert [each["title"] for each in listed] == ["one", "three", "two"]


async def test_that_ten_can_be_pinned(community: Community) -> None:
    """Archived documents do not count towards the ten, until they are restored."""
    owner = community.owner
    names = [await make(owner, community.channel, str(number)) for number in range(11)]
    answers = [await owner.patch(f"/api/documents/{name}", {"is_pinned": True}) for name in names]
    assert [answer.status for answer in answers] == [200] * 10 + [400]
    assert answers[-1].code == "too_many_pinned_documents"
    await owner.expect(200, "PATCH", f"/api/documents/{names[0]}", {"is_archived": True})
    await owner.expect(200, "PATCH", f"/api/documents/{names[10]}", {"is_pinned": True})
    answer = await owner.patch(f"/api/documents/{names[0]}", {"is_archived": False})
    assert (answer.status, answer.code) == (400, "too_many_pinned_documents")
    unpinned = await owner.expect(
        200, "PATCH", f"/api/documents/{names[0]}", {"is_archived": False, "is_pinned": False}
    )
    assert (unpinned["is_archived"], unpinned["is_pinned"]) == (False, False)


async def test_who_may_what(community: Community) -> None:
    document = await make(community.owner, community.channel)
    one = f"/api/documents/{document}"
    assert (await community.outsider.get(one)).status == 404
    assert (await community.member.patch(one, {"title": "Mine"})).code == "missing_permission"
    assert (await community.owner.patch(one, {"title": " \n"})).body["fields"].keys() == {"title"}
    assert (await community.member.delete(one)).code == "missing_permission"
    own = await make(community.member, community.channel)
    await community.member.expect(200, "PATCH", f"/api/documents/{own}", {"title": "Mine"})
    await community.owner.expect(200, "PATCH", f"/api/documents/{own}", {"title": "Ours"})
    await community.member.expect(204, "DELETE", f"/api/documents/{own}")


async def test_that_an_archived_document_is_read_only(community: Community) -> None:
    document = await make(community.owner, community.channel, text="kept")
    one = f"/api/documents/{document}"
    await community.owner.expect(200, "PATCH", one, {"is_archived": True})
    answer = await community.owner.call("PUT", f"/sync/documents/{document}", data=b"other")
    assert (answer.status, answer.code) == (403, "document_archived")
    assert (await community.owner.get(f"/sync/documents/{document}")).body == "kept"
    await community.owner.expect(200, "PATCH", one, {"is_archived": False})
    assert (await community.owner.call("PUT", f"/sync/documents/{document}", data=b"other")).status == 200


async def test_documents_of_a_conversation(register: Register) -> None:
    ann, bob, eve = [await register(name) for name in ("ann", "bob", "eve")]
    group = await ann.expect(201, "POST", "/api/conversations", {"participant_ids": [bob.id], "name": "Us"})
    document = await make(ann, group["id"], text="hello")
    one = f"/api/documents/{document}"
    assert (await eve.get(one)).status == 404
    assert (await bob.expect(200, "PATCH", one, {"title": "Ours", "is_pinned": True}))["server_id"] is None
    assert (await bob.delete(one)).code == "not_the_documents_author"
    assert (await bob.call("PUT", f"/sync/documents/{document}", data=b"hi")).status == 200
    await ann.expect(204, "DELETE", f"/api/conversations/{group['id']}/participants/{bob.id}")
    assert (await bob.get(f"/sync/documents/{document}")).status == 404
    await ann.expect(204, "DELETE", one)


async def test_what_cannot_be_made(community: Community) -> None:
    path = f"/api/channels/{community.channel}/documents"
    for title in ("", "x" * 101):
        assert (await community.owner.post(path, {"title": title})).status == 400
    assert (await community.owner.post(path, {})).status == 422
    voice = f"/api/channels/{community.voice}/documents"
    assert (await community.owner.post(voice, {"title": "x"})).code == "not_a_text_channel"
    assert (await community.outsider.post(path, {"title": "x"})).status == 404
    large = io.BytesIO(json.dumps({"title": "x", "text": "x" * (1024 * 1024 + 1)}).encode())
    answer = await community.owner.call("POST", path, data=large, headers={"Content-Type": "application/json"})
    assert answer.code == "document_too_large"
    assert (
        await community.owner.patch(f"/api/documents/{await make(community.owner, community.channel)}", {})
    ).status == 400


async def test_that_they_are_counted_and_go_with_their_channel(community: Community) -> None:
    made = {"name": "short-lived", "type": "text"}
    channel = await community.owner.expect(201, "POST", f"/api/servers/{community.server}/channels", made)
    before = (await community.owner.get("/api/usage")).body["documents_created"]
    document = await make(community.owner, channel["id"], text="x")
    assert (await community.owner.get("/api/usage")).body["documents_created"] == before + 1
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}/channels/{channel['id']}")
    assert (await community.owner.get(f"/api/documents/{document}")).status == 404
