"""POST and GET /api/messages/{id}/attachments: who can, what is accepted, and that everyone sees it."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.files.conftest import PNG, Kept, fetch, form, upload, uploaded
from tests.people import Community
from tests.shapes import Shape, assert_shape, is_integer, is_text, is_time, is_uuid, nullable

ATTACHMENT: Shape = {
    "id": is_uuid,
    "message_id": is_uuid,
    "filename": is_text,
    "file_size": is_integer,
    "mime_type": is_text,
    "url": is_text,
    "width": nullable(is_integer),
    "height": nullable(is_integer),
    "created_at": is_time,
    "thumbnail_url": nullable(is_text),
    "placeholder": nullable(is_text),
}


async def test_it_works(community: Community, message: dict[str, Any]) -> None:
    [picture, text] = await uploaded(community.member, message["id"], ("a b.png", PNG), ("notes.txt", b"hello"))
    for attachment in (picture, text):
        assert_shape(attachment, ATTACHMENT)
        assert attachment["message_id"] == message["id"]
    assert (picture["mime_type"], picture["width"], picture["height"]) == ("image/png", 30, 20)
    assert (picture["filename"], picture["file_size"]) == ("a b.png", len(PNG))
    assert picture["url"] == f"/files/{message['id']}/{picture['id'].replace('-', '')}_a_b.png"
    assert picture["placeholder"].startswith("data:image/webp;base64,")
    assert (text["mime_type"], text["width"], text["thumbnail_url"]) == ("text/plain", None, None)
    listed = await community.owner.expect(200, "GET", f"/api/messages/{message['id']}/attachments")
    assert listed == [picture, text]
    assert (await fetch(community.owner, text["url"])).body == b"hello"


async def test_every_answer_with_the_message_has_them(community: Community, message: dict[str, Any]) -> None:
    files = await uploaded(community.member, message["id"], ("a.txt", b"a"), ("b.txt", b"b"))
    messages = f"/api/channels/{community.channel}/messages"
    [newest] = await community.owner.expect(200, "GET", messages)
    [around] = await community.owner.expect(200, "GET", f"{messages}?around={message['id']}")
    await community.owner.expect(204, "POST", f"{messages}/{message['id']}/pin")
    [pinned] = await community.owner.expect(200, "GET", f"/api/channels/{community.channel}/pinned-messages")
    single = await community.owner.expect(200, "GET", f"{messages}/{message['id']}")
    edited = await community.member.expect(200, "PATCH", f"/api/messages/{message['id']}", {"content": "see"})
    for found in (newest, around, pinned, single, edited):
        assert found["attachments"] == files


async def test_listeners_receive_it(community: Community, message: dict[str, Any]) -> None:
    owner, outsider = await community.owner.socket(), await community.outsider.socket()
    files = await uploaded(community.member, message["id"], ("a.txt", b"a"))
    update = await owner.wait_for_type("MESSAGE_UPDATE")
    assert update["d"]["attachments"] == files
    assert update["d"]["version"] == update["position"] == message["version"] + 1
    assert update["d"]["edited_at"] is None
    await community.owner.expect(204, "PUT", f"/api/channels/{community.channel}/messages/{message['id']}/reactions/x")
    assert (await owner.wait_for_type("REACTION_ADD"))["d"]["attachments"] == files
    await outsider.settle()
    assert not outsider.of("MESSAGE_UPDATE", "REACTION_ADD")


async def test_a_resume_delivers_it(community: Community, message: dict[str, Any]) -> None:
    files = await uploaded(community.member, message["id"], ("a.txt", b"a"))
    collection = await community.owner.expect(200, "GET", f"/sync/channels/{community.channel}/messages")
    assert collection[message["id"]]["attachments"] == files


async def test_others_may_not(community: Community, message: dict[str, Any], kept: Kept) -> None:
    path = f"/api/messages/{message['id']}/attachments"
    assert (await upload(community.owner, message["id"], ("a.txt", b"a"))).code == "not_the_author"
    assert (await upload(community.outsider, message["id"], ("a.txt", b"a"))).status == 404
    assert (await community.outsider.get(path)).status == 404
    assert await community.owner.expect(200, "GET", path) == []
    for person in (community.owner, community.outsider):
        assert await kept.owned(person) == []


async def test_without_the_permission(community: Community, message: dict[str, Any], kept: Kept) -> None:
    denied = {"user_id": community.member.id, "allow": 0, "deny": 8}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", denied)
    answer = await upload(community.member, message["id"], ("a.txt", b"a"))
    assert (answer.status, answer.code) == (403, "missing_permission")
    assert await kept.owned(community.member) == []


async def test_in_a_hidden_channel(community: Community, message: dict[str, Any]) -> None:
    hidden = {"user_id": community.member.id, "allow": 0, "deny": 1}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", hidden)
    assert (await upload(community.member, message["id"], ("a.txt", b"a"))).status == 404


async def test_a_deleted_message_takes_none_and_has_none(community: Community, message: dict[str, Any]) -> None:
    [file] = await uploaded(community.member, message["id"], ("a.txt", b"a"))
    await community.member.expect(204, "DELETE", f"/api/messages/{message['id']}")
    assert (await upload(community.member, message["id"], ("a.txt", b"a"))).status == 404
    assert (await community.member.get(f"/api/messages/{message['id']}/attachments")).status == 404
    assert (await fetch(community.member, file["url"])).status == 404
    messages = f"/api/channels/{community.channel}/messages"
    assert (await community.member.expect(200, "GET", f"{messages}/{message['id']}"))["attachments"] == []


async def test_a_repeat_with_the_same_nonce_adds_nothing(
    community: Community, message: dict[str, Any], kept: Kept
) -> None:
    """One after the other, all at once, and when the message is full; another nonce adds again."""
    path = f"/api/messages/{message['id']}/attachments"
    limit = 10

    async def send(nonce: str, *names: str) -> Any:
        files = form(*((name, name.encode()) for name in names))
        answer = await community.member.call("POST", f"{path}?nonce={nonce}", data=files)
        assert answer.status == 201, answer.body
        return answer.body

    first = await send("one", "a.txt", "b.txt")
    assert [each["filename"] for each in first] == ["a.txt", "b.txt"]
    assert await send("one", "a.txt", "b.txt") == first
    repeats = await asyncio.gather(*(send("two", "c.txt") for _ in range(5)))
    assert all(repeat == repeats[0] for repeat in repeats)
    rest = await send("three", *(f"{number}.txt" for number in range(limit - 3)))
    assert await send("one", "a.txt", "b.txt") == first
    assert await community.owner.expect(200, "GET", path) == [*first, *repeats[0], *rest]
    stored = await kept.rows.fetchval(
        "SELECT count(*) FROM files WHERE owner_id = $1 AND attachment_id IS NULL AND keep_until > now()",
        community.member.id,
    )
    assert stored == 0, "what a repeat brought is due for removal"
    for nonce in ("", "x" * 65, "two%20words"):
        refused = await community.member.call("POST", f"{path}?nonce={nonce}", data=form(("a.txt", b"a")))
        assert (refused.status, refused.code) == (400, "invalid")
    assert (
        await community.owner.call("POST", f"{path}?nonce=one", data=form(("a.txt", b"a")))
    ).code == "not_the_author"


async def test_at_most_ten(community: Community, message: dict[str, Any], kept: Kept) -> None:
    await uploaded(community.member, message["id"], *((f"{number}.txt", b"x") for number in range(9)))
    two = await upload(community.member, message["id"], ("a.txt", b"x"), ("b.txt", b"x"))
    assert (two.status, two.code) == (400, "too_many_files")
    await uploaded(community.member, message["id"], ("a.txt", b"x"))
    assert len(await community.member.expect(200, "GET", f"/api/messages/{message['id']}/attachments")) == 10
    assert (await upload(community.member, message["id"], ("b.txt", b"x"))).code == "too_many_files"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (("empty.txt", b""), "empty_file"),
        (("large.bin", bytes(50 * 1024 * 1024 + 1)), "file_too_large"),
    ],
)
async def test_all_or_nothing(
    community: Community, message: dict[str, Any], kept: Kept, bad: tuple[str, bytes], code: str
) -> None:
    answer = await upload(community.member, message["id"], ("good.txt", b"good"), ("good.png", PNG), bad)
    assert (answer.status, answer.code) == (400, code)
    assert answer.body["fields"].keys() == {bad[0]}
    assert await community.member.expect(200, "GET", f"/api/messages/{message['id']}/attachments") == []
    for file in await kept.owned(community.member):
        await kept.is_removed(file)


async def test_what_is_no_form(community: Community, message: dict[str, Any]) -> None:
    path = f"/api/messages/{message['id']}/attachments"
    member = community.member
    other = aiohttp.FormData()
    other.add_field("picture", b"x", filename="x.txt")
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"json": {}}, "not_multipart"),
        ({"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, "not_multipart"),
        ({"data": b"--x\r\nnonsense", "headers": multipart}, "upload_interrupted"),
        ({"data": b"", "headers": multipart}, "upload_interrupted"),
        (
            {"data": b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nab', "headers": multipart},
            "upload_interrupted",
        ),
        ({"data": other}, "no_files"),
        ({"data": form()}, "not_multipart"),
    ]
    for options, code in cases:
        answer = await member.call("POST", path, **options)
        assert (answer.status, answer.code) == (400, code), options


async def test_a_part_without_a_file_name_is_a_file_as_well(community: Community, message: dict[str, Any]) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nhello\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    path = f"/api/messages/{message['id']}/attachments"
    answer = await community.member.call("POST", path, data=body, headers=headers)
    assert answer.status == 201
    assert answer.body[0]["filename"] == "file"


async def test_old_state_and_events_are_the_fresh_state(community: Community) -> None:
    """The permissions in the channel and the server, for everything about files."""
    owner, member = community.owner, community.member
    messages, structure = f"/sync/channels/{community.channel}/messages", f"/sync/servers/{community.server}"
    first, second = [await member.send(community.channel, text) for text in ("one", "two")]
    socket = await owner.socket()
    state = {**await owner.expect(200, "GET", messages), **await owner.expect(200, "GET", structure)}
    await uploaded(member, first["id"], ("a.txt", b"a"))
    await uploaded(member, first["id"], ("b.png", PNG))
    await uploaded(member, second["id"], ("c.txt", b"c"))
    await member.expect(204, "DELETE", f"/api/messages/{second['id']}")
    emojis = []
    for name in ("one", "two"):
        data = aiohttp.FormData({"name": name})
        data.add_field("image", PNG, filename="x.png")
        answer = await owner.call("POST", f"/api/servers/{community.server}/emojis", data=data)
        emojis.append(answer.body["id"])
    await owner.expect(204, "DELETE", f"/api/servers/{community.server}/emojis/{emojis[0]}")
    await owner.expect(200, "PATCH", f"/api/servers/{community.server}/emojis/{emojis[1]}", {"name": "second"})
    icon = form(("icon.png", PNG), field="image")
    assert (await owner.call("PUT", f"/api/servers/{community.server}/icon", data=icon)).status == 200
    await socket.settle()
    for frame in socket.frames:
        apply(state, frame)
    assert state == {**await owner.expect(200, "GET", messages), **await owner.expect(200, "GET", structure)}


def apply(state: dict[str, Any], frame: dict[str, Any]) -> None:
    """What a client does with an event."""
    data: Any = frame.get("d")
    match frame.get("t"):
        case "MESSAGE_CREATE" | "MESSAGE_UPDATE":
            state[data["id"]] = data
        case "MESSAGE_DELETE":
            del state[data["id"]]
        case "CUSTOM_EMOJI_CREATE" | "CUSTOM_EMOJI_UPDATE":
            state[f"emojis/{data['id']}"] = data
        case "CUSTOM_EMOJI_DELETE":
            del state[f"emojis/{data['emoji_id']}"]
        case "SERVER_UPDATE":
            state["server"] = data
        case "USER_UPDATE" if "server_id" in data:
            state[f"members/{data['user_id']}"] = data
