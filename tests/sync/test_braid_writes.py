"""Writing over Braid: each write once, answered after its commit, under the client's own name."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from coterie.database.pool import OwnConnection
from coterie.permissions.bits import Permission
from tests.patience import QUIET
from tests.people import Answer, Community, Person
from tests.sync.braid_reader import Follow

RANGE = 'json ["00000000-0000-4000-8000-000000000000"]'


def messages_of(community: Community) -> str:
    return f"/sync/channels/{community.channel}/messages"


async def put(person: Person, path: str, content: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await person.call("PUT", path, data=json.dumps({"content": content}), headers=named)


async def state_of(community: Community) -> dict[str, Any]:
    state: dict[str, Any] = (await community.owner.get(messages_of(community))).body
    return state


async def test_it_works(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community))
    await stream.next()
    id = str(uuid4())
    answer = await put(community.member, f"{messages_of(community)}/{id}", "hello", Version='"ann-1"')
    assert (answer.status, answer.headers["version"]) == (200, '"ann-1"')
    assert answer.body == {"success": True, "message_id": id, "version": "ann-1", "error": None}
    update = await stream.next()
    assert (update.key, update.version) == (id, "ann-1")
    assert stream.state[id]["content"] == "hello"
    assert stream.state[id]["author_id"] == community.member.id


async def test_a_voice_channel_is_written_to_as_well(community: Community, follow: Follow) -> None:
    path, id = f"/sync/channels/{community.voice}/messages", str(uuid4())
    stream = await follow(community.owner, path)
    await stream.next()
    assert (await put(community.member, f"{path}/{id}", "hello")).status == 200
    assert (await stream.next()).key == id
    assert stream.state[id]["content"] == "hello"


async def test_without_a_version_the_server_names_it(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community))
    answer = await put(community.member, f"{messages_of(community)}/{uuid4()}", "hello")
    await stream.next()
    assert json.loads(answer.headers["version"]) == (await stream.next()).version


async def test_a_repeat_is_a_success_and_changes_nothing(community: Community) -> None:
    path = f"{messages_of(community)}/{uuid4()}"
    for headers in ({"Version": '"ann-1"'}, {}):
        answers = [await put(community.member, path, "hello", **headers) for _ in range(2)]
        answers += await asyncio.gather(*(put(community.member, path, "hello", **headers) for _ in range(3)))
        assert {(answer.status, answer.headers["version"]) for answer in answers} == {(200, '"ann-1"')}
    [message] = (await state_of(community)).values()
    assert (message["seq"], message["version"], message["edited_at"]) == (1, 1, None)


async def test_three_at_once_are_one(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community))
    await stream.next()
    path = f"{messages_of(community)}/{uuid4()}"
    answers = await asyncio.gather(*(put(community.member, path, "hello", Version='"ann-1"') for _ in range(3)))
    assert [answer.status for answer in answers] == [200] * 3
    after = await community.member.send(community.channel, "after")
    assert [(await stream.next()).version, (await stream.next()).key] == ["ann-1", after["id"]]


async def test_the_same_key_with_another_content_is_refused(community: Community) -> None:
    path = f"{messages_of(community)}/{uuid4()}"
    await put(community.member, path, "hello", Version='"ann-1"')
    for other, headers in (
        (path, {}),
        (path, {"Version": '"ann-1"'}),
        (f"{path[:-12]}{'0' * 12}", {"Version": '"ann-1"'}),
    ):
        answer = await put(community.member, other, "something else", **headers)
        assert (answer.status, answer.code) == (409, "nonce_reused")
    assert [message["content"] for message in (await state_of(community)).values()] == ["hello"]


async def test_another_version_is_an_edit(community: Community, follow: Follow) -> None:
    stream = await follow(community.owner, messages_of(community))
    await stream.next()
    path = f"{messages_of(community)}/{uuid4()}"
    await put(community.member, path, "helo", Version='"ann-1"')
    edits = await asyncio.gather(*(put(community.member, path, "hello", Version='"ann-2"') for _ in range(3)))
    assert [(edit.status, edit.headers["version"]) for edit in edits] == [(200, '"ann-2"')] * 3
    updates = [await stream.next() for _ in range(2)]
    assert [(update.version, update.parents) for update in updates[1:]] == [("ann-2", ["ann-1"])]
    [message] = (await state_of(community)).values()
    assert (message["content"], message["version"]) == ("hello", 2)


async def test_the_clients_own_version_is_understood_forever(community: Community, follow: Follow) -> None:
    await put(community.member, f"{messages_of(community)}/{uuid4()}", "one", Version='"ann-1"')
    await put(community.member, f"{messages_of(community)}/{uuid4()}", "two", Version='"ann-2"')
    stream = await follow(community.owner, messages_of(community), Parents='"ann-1"')
    assert json.loads(stream.headers["current-version"]) == "ann-2"
    update = await stream.next()
    assert (update.parents, update.version) == (["ann-1"], "ann-2")


async def test_a_resume_from_your_own_write_includes_what_others_wrote_before_it(
    community: Community, follow: Follow
) -> None:
    """The member had the first message only, and may name what they wrote without having read it from a stream."""
    path = messages_of(community)
    known = (await community.member.get(path)).headers["version"]
    second = await community.owner.send(community.channel, "unread")
    third, fourth = str(uuid4()), str(uuid4())
    await put(community.member, f"{path}/{third}", "mine", Version='"ann-1"', Parents=known)
    await put(community.member, f"{path}/{fourth}", "again", Version='"ann-2"', Parents='"ann-1"')
    stream = await follow(community.member, path, Parents='"ann-2"')
    updates = [await stream.next() for _ in range(3)]
    assert [update.key for update in updates] == [second["id"], third, fourth]
    assert updates[0].parents == json.loads(f"[{known}]")
    other = await follow(community.owner, path, Parents='"ann-2"')
    sent = await community.owner.send(community.channel, "later")
    update = await other.next()
    assert (update.key, update.parents) == (sent["id"], ["ann-2"])


async def test_your_own_write_with_nothing_between_is_your_version(community: Community, follow: Follow) -> None:
    known = (await community.member.get(messages_of(community))).headers["version"]
    await put(community.member, f"{messages_of(community)}/{uuid4()}", "one", Version='"ann-1"', Parents=known)
    await put(community.member, f"{messages_of(community)}/{uuid4()}", "two", Version='"ann-2"', Parents='"ann-1"')
    stream = await follow(community.member, messages_of(community), Parents='"ann-2"')
    sent = await community.owner.send(community.channel, "later")
    update = await stream.next()
    assert (update.key, update.parents) == (sent["id"], ["ann-2"])


async def test_your_own_write_without_parents_is_your_version(community: Community, follow: Follow) -> None:
    """Without Parents it follows everything that is there. A bot that resumes from it misses and repeats nothing."""
    path = messages_of(community)
    stream = await follow(community.member, path)
    await put(community.member, f"{path}/{uuid4()}", "mine", Version='"bot-1"')
    await stream.until("bot-1")
    stream.cut()
    missed = [await community.owner.send(community.channel, f"missed {number}") for number in range(60)]
    again = await follow(community.member, path, Parents='"bot-1"')
    assert [(await again.next()).key for _ in missed] == [message["id"] for message in missed]
    assert again.updates[0].parents == ["bot-1"]


async def test_your_readers_get_the_servers_name_of_a_write_with_older_parents(
    community: Community, follow: Follow
) -> None:
    """Its own name is where its author resumes who knows it from the answer only, so it must not stand for more."""
    path, id = messages_of(community), str(uuid4())
    stream, other = await follow(community.member, path), await follow(community.owner, path)
    known = json.dumps((await stream.next()).version)
    unread = [await community.owner.send(community.channel, f"unread {number}") for number in range(3)]
    await put(community.member, f"{path}/{id}", "mine", Version='"bot-1"', Parents=known)
    await put(community.member, f"{path}/{id}", "edited", Version='"bot-2"', Parents=known)
    newest = f"5@{community.channel[-12:]}"
    await other.until("bot-2")
    await stream.until(newest)
    snapshot, resumed = await follow(community.member, path), await follow(community.member, path, Parents=known)
    await resumed.until(newest)
    answers = [snapshot.headers["current-version"], (await community.member.get(path)).headers["version"]]
    assert {(await snapshot.next()).version, *map(json.loads, answers)} == {newest}
    careful = await follow(community.member, path, Parents='"bot-2"')
    assert [(await careful.next()).key for _ in range(4)] == [*(message["id"] for message in unread), id]
    assert [update.key for update in careful.updates] == [update.key for update in resumed.updates]


async def test_a_whole_value_can_be_put_back(community: Community) -> None:
    sent = await community.member.send(community.channel, "helo")
    path = f"{messages_of(community)}/{sent['id']}"
    value = {**(await community.member.get(path)).body, "content": "hello"}
    answer = await community.member.call("PUT", path, json=value, headers={"Version": '"ann-1"'})
    assert answer.status == 200
    assert (await community.owner.get(path)).body["content"] == "hello"


async def test_a_reply(community: Community) -> None:
    sent = await community.owner.send(community.channel, "who is there?")
    path = f"{messages_of(community)}/{uuid4()}"
    body = {"content": "me", "reply_to": sent["id"], "message_type": {"type": "text"}}
    assert (await community.member.call("PUT", path, json=body)).status == 200
    assert (await community.owner.get(path)).body["reply_to"] == sent["id"]


async def test_a_patch_of_the_collection_is_the_same_write(community: Community) -> None:
    id, value = str(uuid4()), json.dumps({"content": "caf\N{LATIN SMALL LETTER E WITH ACUTE}"}, ensure_ascii=False)
    range = f'json ["{id}"]'
    one = {"data": value.encode(), "headers": {"Content-Range": range, "Version": '"ann-1"'}}
    head = f"content-length: {len(value.encode())}\r\ncontent-range: {range}\r\n\r\n"
    block = {"data": (head + value + "\r\n").encode(), "headers": {"Patches": "1", "Version": '"ann-1"'}}
    for request in (one, block, one):
        answer = await community.member.call("PUT", messages_of(community), **request)
        assert (answer.status, answer.body.get("message_id")) == (200, id)
    assert (await state_of(community))[id]["version"] == 1


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b'{"content": "x"}'),
        ({"Content-Range": 'json ["no-id"]'}, b'{"content": "x"}'),
        ({"Content-Range": "text [0:1]"}, b"x"),
        ({"Patches": "2"}, b""),
        ({"Patches": "0"}, b""),
        ({"Patches": "1"}, b"nonsense"),
        (
            {"Version": '"a", "b"', "Content-Range": RANGE},
            b'{"content": "x"}',
        ),
        (
            {"Version": '"\\u00e9"', "Content-Range": RANGE},
            b'{"content": "x"}',
        ),
        ({"Content-Range": RANGE}, b'{"content": ""}'),
        ({"Content-Range": RANGE}, b"nonsense"),
    ],
)
async def test_what_cannot_be_written_is_refused(community: Community, headers: dict[str, str], body: bytes) -> None:
    answer = await community.member.call("PUT", messages_of(community), data=body, headers=headers)
    assert answer.status == 400
    assert await state_of(community) == {}


async def test_the_servers_own_version_ids_are_not_for_clients(community: Community) -> None:
    version = (await community.owner.get(messages_of(community))).headers["version"]
    answer = await put(community.member, f"{messages_of(community)}/{uuid4()}", "x", Version=version)
    assert answer.status == 400


async def test_too_much_is_refused(community: Community) -> None:
    path = f"{messages_of(community)}/{uuid4()}"
    assert (await put(community.member, path, "x" * 4001)).status == 400
    assert (await put(community.member, path, "x" * 300_000)).status == 413


async def test_who_may_not_write(community: Community) -> None:
    sent = await community.member.send(community.channel, "mine")
    path = f"{messages_of(community)}/{sent['id']}"
    assert (await put(community.outsider, path, "x", Version='"o-1"')).status == 404
    assert (await put(community.outsider, f"{messages_of(community)}/{uuid4()}", "x")).status == 404
    assert (await put(community.owner, path, "not mine", Version='"o-2"')).status == 403
    elsewhere = await community.outsider.expect(201, "POST", "/api/servers", {"name": "Other", "is_public": True})
    channels = f"/api/servers/{elsewhere['id']}/channels"
    other = await community.outsider.expect(201, "POST", channels, {"name": "general", "type": "text"})
    moved = f"/sync/channels/{other['id']}/messages/{sent['id']}"
    assert (await put(community.outsider, moved, "x", Version='"o-3"')).status in (404, 409)
    assert [message["content"] for message in (await state_of(community)).values()] == ["mine"]


async def test_a_reader_takes_no_names_from_those_who_write(community: Community) -> None:
    gone = await community.owner.send(community.channel, "gone")
    await community.owner.expect(204, "DELETE", f"/api/messages/{gone['id']}")
    silent = {"user_id": community.member.id, "allow": 0, "deny": int(Permission.SEND_MESSAGES)}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", silent)
    tombstone, headers = f"{messages_of(community)}/{gone['id']}", {"Version": '"ann-77"'}
    answer = await community.member.call("DELETE", tombstone, headers=headers)
    assert (answer.status, answer.headers["version"] != headers["Version"]) == (200, True)
    assert (await put(community.owner, f"{messages_of(community)}/{uuid4()}", "mine", **headers)).status == 200


async def test_a_cookie_is_not_enough_to_write(community: Community) -> None:
    path = community.member.url + f"{messages_of(community)}/{uuid4()}"
    cookie = {"Cookie": f"coterie_session={community.member.token}"}
    async with community.member.http.put(path, json={"content": "x"}, headers=cookie) as response:
        assert response.status == 401


async def test_if_match_refuses_an_edit_of_another_version(community: Community) -> None:
    path = f"{messages_of(community)}/{uuid4()}"
    first = await put(community.member, path, "one", Version='"ann-1"')
    await put(community.member, path, "two", Version='"ann-2"')
    refused = await put(community.member, path, "three", Version='"ann-3"', If_Match=first.headers["version"])
    assert (refused.status, refused.code) == (412, "changed_since")
    tag = {name.lower(): value for name, value in (await community.member.get(path)).headers.items()}["etag"]
    for _ in range(2):
        accepted = await put(community.member, path, "three", Version='"ann-3"', If_Match=tag)
        assert (accepted.status, accepted.headers["version"]) == (200, '"ann-3"')
    assert (await put(community.member, path, "four", If_Match="*")).status == 200
    assert (await put(community.member, f"{messages_of(community)}/{uuid4()}", "new", If_Match="*")).status == 404
    assert (await community.owner.get(path)).body["content"] == "four"


async def test_a_write_waits_for_its_parents(community: Community) -> None:
    first, second = [f"{messages_of(community)}/{uuid4()}" for _ in range(2)]
    late = asyncio.create_task(put(community.member, second, "two", Version='"ann-2"', Parents='"ann-1"'))
    await asyncio.sleep(QUIET)
    assert not late.done()
    assert await state_of(community) == {}
    await put(community.member, first, "one", Version='"ann-1"', Parents="")
    assert (await late).status == 200
    contents = [message["content"] for message in (await state_of(community)).values()]
    assert contents == ["two", "one"]


@pytest.mark.parametrize("parents", ['"nobody-1"', '"9@{tag}"'])
async def test_parents_that_never_come_can_be_tried_again(
    community: Community, monkeypatch: pytest.MonkeyPatch, parents: str
) -> None:
    monkeypatch.setattr("coterie.sync.braid_writes.PARENTS_SECONDS", 0.1)
    tag = json.loads((await community.owner.get(messages_of(community))).headers["version"]).partition("@")[2]
    path = f"{messages_of(community)}/{uuid4()}"
    answer = await put(community.member, path, "two", Parents=parents.format(tag=tag))
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (425, "unknown_parents", "1")
    assert await state_of(community) == {}


async def test_parents_that_are_behind_are_fine(community: Community) -> None:
    old = (await community.owner.get(messages_of(community))).headers["version"]
    await community.owner.send(community.channel, "meanwhile")
    answer = await put(community.member, f"{messages_of(community)}/{uuid4()}", "still", Parents=old)
    assert answer.status == 200


@pytest.mark.parametrize("form", ["DELETE", "DELETE patch", "empty patch"])
async def test_deleting_leaves_a_tombstone_and_can_be_repeated(community: Community, follow: Follow, form: str) -> None:
    sent = await community.member.send(community.channel, "oops")
    stream = await follow(community.owner, messages_of(community))
    await stream.next()
    method, path = ("DELETE" if "DELETE" in form else "PUT"), messages_of(community)
    headers = {"Version": '"ann-1"'}
    if form == "DELETE":
        path += f"/{sent['id']}"
    else:
        headers["Content-Range"] = f'json ["{sent["id"]}"]'
    assert (await community.outsider.call(method, path, headers=headers)).status == 404
    for _ in range(2):
        answer = await community.member.call(method, path, headers=headers)
        assert (answer.status, answer.headers["version"]) == (200, '"ann-1"')
    update = await stream.next()
    assert (update.version, stream.state[sent["id"]]["deleted"]) == ("ann-1", True)
    assert stream.state[sent["id"]]["content"] == ""
    assert await state_of(community) == {}


async def test_what_is_not_messages_cannot_be_written(community: Community) -> None:
    for path in ("/sync/me", f"/sync/servers/{community.server}"):
        answer = await community.owner.call("PUT", path, json={"content": "x"})
        assert (answer.status, answer.code) == (405, "method_not_allowed")


IMAGE = {"type": "image", "url": "https://example.org/beach.jpg", "thumbnail": None, "width": 640, "height": 480}
FILE = {"type": "file", "filename": "plan.pdf", "size": 12, "mime_type": "application/pdf", "url": "/api/files/x"}


@pytest.mark.parametrize("kind", [IMAGE, FILE])
async def test_the_type_of_a_message_is_kept(community: Community, kind: dict[str, object]) -> None:
    id = str(uuid4())
    path = f"{messages_of(community)}/{id}"
    body = {"content": "look", "message_type": kind}
    for _ in range(2):
        assert (await community.member.call("PUT", path, json=body)).status == 200
    details = {name: value for name, value in kind.items() if name != "type"}
    message = (await state_of(community))[id]
    assert (message["type"], message["type_details"], message["version"]) == (kind["type"], details, 1)
    assert (await put(community.member, path, "see", Version='"e-1"')).status == 200
    assert (await state_of(community))[id]["type_details"] == details
    assert (await community.member.call("DELETE", path)).status == 200
    assert (await community.owner.get(path)).body["type_details"] is None


async def test_the_type_is_part_of_what_is_said(community: Community) -> None:
    headers: list[dict[str, str]] = [{}, {"Version": '"ann-1"'}]
    for version in headers:
        path = f"{messages_of(community)}/{uuid4()}"
        answers = [
            await community.member.call("PUT", path, json={"content": "look", "message_type": kind}, headers=version)
            for kind in (IMAGE, IMAGE, FILE, {"type": "text"})
        ]
        assert [answer.status for answer in answers] == [200, 200, 409, 409]


@pytest.mark.parametrize(
    "kind",
    [
        "image",
        {"type": "image"},
        {"type": "image", "url": "javascript:alert(1)"},
        {"type": "file", "filename": "", "size": -1, "mime_type": "x/y", "url": "https://example.org/"},
        {"type": "system"},
        {"type": "poll"},
    ],
)
async def test_what_a_type_lacks_is_refused(community: Community, kind: object) -> None:
    body = {"content": "x", "message_type": kind}
    answer = await community.member.call("PUT", f"{messages_of(community)}/{uuid4()}", json=body)
    assert answer.status in (400, 422)
    assert await state_of(community) == {}


async def test_a_write_that_changes_nothing_keeps_its_version(community: Community, follow: Follow) -> None:
    """A client takes the Version of an answered write for what it has, and names it next time."""
    path = f"{messages_of(community)}/{uuid4()}"
    await put(community.member, path, "a", Version='"n-1"')
    for _ in range(2):
        same = await put(community.member, path, "a", Version='"n-2"', Parents='"n-1"')
        assert (same.status, same.headers["version"]) == (200, '"n-2"')
    assert (await put(community.member, path, "b", Version='"n-3"', Parents='"n-2"')).status == 200
    stream = await follow(community.owner, messages_of(community), Parents='"n-2"')
    update = await stream.next()
    assert (update.version, update.parents) == ("n-3", ["n-1"])
    snapshot = await follow(community.owner, messages_of(community), Parents='"n-1"')
    assert (await snapshot.next()).version == "n-3", "the change has its own name"
    for version in ("n-4", "n-5"):
        gone = await community.member.call("DELETE", path, headers={"Version": f'"{version}"'})
        assert (gone.status, gone.headers["version"]) == (200, f'"{version}"')
    third = f"{messages_of(community)}/{uuid4()}"
    assert (await put(community.member, third, "c", Version='"n-6"', Parents='"n-5"')).status == 200


async def test_a_repeat_after_an_edit_elsewhere(community: Community) -> None:
    """Without a Version, it is compared with what was written then."""
    id = uuid4()
    path = f"{messages_of(community)}/{id}"
    assert (await put(community.member, path, "a")).status == 200
    await community.member.expect(200, "PATCH", f"/api/messages/{id}", {"content": "b"})
    await community.member.expect(200, "PATCH", f"/api/messages/{id}", {"content": "c"})
    again = await put(community.member, path, "a")
    assert again.status == 200
    assert (await community.member.get(f"/api{messages_of(community)[5:]}/{id}")).body["content"] == "c"
    assert (await put(community.member, path, "d")).status == 409


async def test_a_deleted_text_leaves_no_digest(community: Community, rows: OwnConnection) -> None:
    """With one, a guess at the text could be confirmed."""
    path = f"{messages_of(community)}/{uuid4()}"
    texts = [f"text {number}" for number in range(4)]
    for number, text in enumerate(texts):
        assert (await put(community.member, path, text, Version=f'"t-{number}"')).status == 200
    other = f"{messages_of(community)}/{uuid4()}"
    assert (await put(community.member, other, "stays", Version='"o-1"')).status == 200
    assert (await community.member.call("DELETE", path, headers={"Version": '"t-9"'})).status == 200
    kept = await rows.fetch(
        "SELECT client_version, digest FROM client_versions WHERE topic_id = $1", UUID(community.channel)
    )
    assert {row["client_version"] for row in kept if row["digest"] is not None} == {"o-1", "t-9"}
    again = await put(community.member, path, "text 2", Version='"t-2"')
    assert (again.status, again.headers["version"]) == (200, '"t-2"'), "a repeat changes nothing"
