"""What is in the archive of a server, and what is not."""

from datetime import datetime

import aiohttp

from tests.exporting.conftest import channel, exported
from tests.files.conftest import PNG, uploaded
from tests.people import Community, Person
from tests.scheduled_events.calls import announce, answer

SERVER_KEYS = ["id", "name", "owner_id", "icon_url", "is_public", "created_at"]
CHANNEL_KEYS = ["id", "name", "channel_type", "position", "category", "topic", "created_at"]
MEMBER_KEYS = ["user_id", "username", "nickname", "joined_at"]
ROLE_KEYS = ["id", "name", "permissions", "color", "position"]
MESSAGE_KEYS = ["id", "author_id", "author_username", "content", "reply_to", "edited_at", "created_at"]
DM_KEYS = ["id", "author_id", "author_username", "content", "created_at"]


async def direct(one: Person, other: Person, content: str) -> str:
    opened = await one.call("POST", "/api/dm-channels", json={"user_id": other.id})
    assert opened.status in {200, 201}, opened.body
    conversation: str = opened.body["id"]
    await one.expect(201, "POST", f"/api/dm-channels/{conversation}/messages", {"content": content})
    return conversation


async def test_the_contracts_files(community: Community) -> None:
    owner, member, server = community.owner, community.member, community.server
    path = f"/api/servers/{server}"
    await owner.expect(201, "POST", f"{path}/roles", {"name": "Guide", "permissions": 4, "color": "#00aa00"})
    first = await member.send(community.channel, "first")
    reply = await owner.send(community.channel, "an answer", reply_to=first["id"])
    gone = await member.send(community.channel, "taken back")
    await member.expect(204, "DELETE", f"/api/messages/{gone['id']}")
    await member.expect(200, "PATCH", f"/api/messages/{first['id']}", {"content": "first, better"})
    thread = f"/api/channels/{community.channel}/messages/{first['id']}/thread"
    in_thread = await owner.expect(201, "POST", thread, {"content": "in the thread"})
    empty = await channel(owner, server, "silent")
    conversation = await direct(member, owner, "between us")
    foreign = await direct(member, community.outsider, "nothing for the owner")

    found = await exported(owner, server)
    assert found.folder == "club-export"
    assert found.headers["content-type"] == "application/zip"
    assert int(found.headers["content-length"]) == len(found.content)
    disposition = found.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="club-export-2')
    assert disposition.endswith('.zip"')
    assert list(found.json("server.json"))[:6] == SERVER_KEYS
    assert found.json("server.json")["owner_id"] == owner.id
    channels = found.json("channels.json")
    assert [list(each)[:7] for each in channels] == [CHANNEL_KEYS] * 3
    assert [(each["name"], each["channel_type"]) for each in channels] == [
        ("general", "text"),
        ("Lounge", "voice"),
        ("silent", "text"),
    ]
    members = found.json("members.json")
    assert [list(each)[:4] for each in members] == [MEMBER_KEYS] * 2
    assert {each["user_id"] for each in members} == {owner.id, member.id}
    assert [(list(each), each["name"]) for each in found.json("roles.json")] == [(ROLE_KEYS, "Guide")]
    assert all(b'  "name": ' in found.read(f"{name}.json") for name in ("server", "channels", "roles"))
    assert b'\n    "user_id": ' in found.read("members.json")

    assert found.under("messages") == [f"messages/general-{community.channel}.jsonl"]
    messages = found.lines(found.under("messages")[0])
    assert [list(each)[:7] for each in messages] == [MESSAGE_KEYS] * 3
    assert [(each["id"], each["content"]) for each in messages] == [
        (first["id"], "first, better"),
        (reply["id"], "an answer"),
        (in_thread["id"], "in the thread"),
    ]
    assert messages[1]["reply_to"] == first["id"]
    assert messages[0]["edited_at"] is not None
    assert messages[0]["author_username"] == member.username
    assert not any(empty in name for name in found.under("messages"))

    slug = member.username.lower()
    assert found.under("dm_messages") == [f"dm_messages/{slug}-{conversation}.jsonl"]
    [written] = found.lines(found.under("dm_messages")[0])
    assert (list(written), written["content"]) == (DM_KEYS, "between us")
    everything = b"".join(found.zip.read(name) for name in found.zip.namelist())
    assert foreign.encode() not in everything
    assert b"nothing for the owner" not in everything
    assert b"taken back" not in everything
    assert b"password" not in everything


async def test_everything_that_belongs_to_messages(community: Community) -> None:
    owner, member, server = community.owner, community.member, community.server
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("name", "wave")
    form.add_field("image", PNG, filename="wave.png", content_type="image/png")
    emoji = (await owner.call("POST", f"/api/servers/{server}/emojis", data=form)).body
    avatar = aiohttp.FormData(quote_fields=False)
    avatar.add_field("image", PNG, filename="me.png", content_type="image/png")
    assert (await member.call("PUT", "/api/users/@me/avatar", data=avatar)).status < 300
    icon = aiohttp.FormData(quote_fields=False)
    icon.add_field("image", PNG, filename="icon.png", content_type="image/png")
    assert (await owner.call("PUT", f"/api/servers/{server}/icon", data=icon)).status < 300
    sent = await member.send(community.channel, "look :wave: at <b>this</b>")
    [file] = await uploaded(member, sent["id"], ("notes.txt", b"what I noted"))
    [picture] = await uploaded(member, sent["id"], ("red.png", PNG))
    path = f"/api/channels/{community.channel}/messages/{sent['id']}"
    await owner.expect(204, "PUT", f"{path}/reactions/{emoji['id']}")
    await member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "look :wave: here"})
    assert (await owner.call("POST", f"{path}/pin")).status < 300
    polls = f"/api/channels/{community.channel}/polls"
    question = {"question": "Which way?", "options": ["left", "right"]}
    asked = (await member.expect(201, "POST", polls, question))["poll"]
    secret = (await member.expect(201, "POST", polls, {**question, "is_anonymous": True}))["poll"]
    for poll in (asked, secret):
        await owner.expect(200, "POST", f"/api/polls/{poll['id']}/vote", {"option_id": poll["options"][1]["id"]})
    game = await announce(member, community.channel, place="The <park>", description="Bring cake.")
    await answer(owner, game, "coming")
    body = {"title": "Plan/for Friday", "text": "Bring cake."}
    await member.expect(201, "POST", f"/api/channels/{community.channel}/documents", body)

    found = await exported(owner, server)
    written = found.lines(found.under("messages")[0])
    message, open_poll, secret_poll, planned = (each for each in written if each["type"] != "system")
    assert message["reactions"] == [{"emoji": emoji["id"], "count": 1, "user_ids": [owner.id]}]
    assert [each["content"] for each in message["edits"]] == ["look :wave: at <b>this</b>"]
    assert message["pinned_by"] == owner.id
    assert [(each["id"], each["filename"]) for each in message["attachments"]] == [
        (file["id"], "notes.txt"),
        (picture["id"], "red.png"),
    ]
    assert found.read(message["attachments"][0]["path"]) == b"what I noted"
    assert found.read(message["attachments"][1]["path"]).startswith(b"\x89PNG")
    options = open_poll["poll"]["options"]
    assert [(each["text"], each["votes"], each["user_ids"]) for each in options] == [
        ("left", 0, []),
        ("right", 1, [owner.id]),
    ]
    assert [sorted(each) for each in secret_poll["poll"]["options"]] == [["id", "text", "votes"]] * 2
    assert owner.id not in str(secret_poll)
    event = planned["event"]
    assert (event["name"], event["place"], event["coming"], event["declined"]) == (
        *("Game night", "The <park>"),
        *([owner.id], []),
    )
    assert datetime.fromisoformat(event["starts_at"]) == datetime.fromisoformat(game["event"]["starts_at"])
    [page] = [each for each in found.under("pages") if "Game night" in found.text(each)]
    assert "The &lt;park&gt;" in found.text(page)
    assert "1 coming, 0 interested" in found.text(page)
    assert found.read(f"avatars/{member.id}.webp")[8:12] == b"WEBP"
    assert found.read("icon.webp")[8:12] == b"WEBP"
    [listed] = found.json("emojis.json")
    assert found.read(listed["path"])[8:12] == b"WEBP"
    [document] = found.under("documents")
    assert document.startswith("documents/plan_for_friday-")
    assert found.text(document) == "Bring cake."
    assert [each["title"] for each in found.json("documents.json")] == ["Plan/for Friday"]
    assert found.read("missing.jsonl") == b""


async def test_what_is_hidden_from_others(community: Community) -> None:
    """The owner has it all the same."""
    owner, server = community.owner, community.server
    hidden = await channel(owner, server, "council")
    await owner.expect(200, "PATCH", f"/api/servers/{server}", {"default_permissions": 0})
    assert (await community.member.get(f"/api/channels/{hidden}/messages")).status == 404
    await owner.send(hidden, "for few eyes")
    await owner.send(community.voice, "beside the call")
    found = await exported(owner, server)
    assert sorted(found.under("messages")) == [
        f"messages/council-{hidden}.jsonl",
        f"messages/lounge-{community.voice}.jsonl",
    ]


async def test_hostile_names(community: Community) -> None:
    owner, server = community.owner, community.server
    await owner.expect(200, "PATCH", f"/api/servers/{server}", {"name": '../../<Büro> "x" 猫'})
    names = ["../../etc/passwd", "..", "a/b", "a_b", "CON", "猫" * 40, "<img src=x onerror=alert(1)>", "\u202egnp.exe"]
    ids = [await channel(owner, server, name) for name in names]
    for id in ids:
        await owner.send(id, '</p><script>alert("x")</script> javascript:alert(1) https://example.com/?a="><b>')
    sent = await owner.send(ids[0], "files")
    files = await uploaded(owner, sent["id"], ("../../../run me.html", b"<p>hello</p>"), ("a" * 250 + ".txt", b"long"))

    found = await exported(owner, server)
    assert found.folder == "_______büro___x__猫-export"
    assert len(found.under("messages")) == len(names)
    for name in found.zip.namelist():
        parts = name.split("/")
        assert ".." not in parts, name
        assert all(0 < len(part.encode()) <= 255 for part in parts), name
        assert not set(name) & set('\\:*?"<>|\u202e'), name
    assert f"messages/a_b-{ids[2]}.jsonl" in found.names
    assert f"messages/a_b-{ids[3]}.jsonl" in found.names
    attached = found.under("files")
    assert len(attached) == len(files) == 2
    assert not any(name.endswith(".html") for name in attached)
    for name in found.names:
        if name.endswith(".html"):
            shown = found.text(name)
            assert "<script" not in shown
            assert "<img src=x" not in shown
            assert 'href="javascript:' not in shown


async def test_long_channels_have_pages(community: Community) -> None:
    """1,001 messages are on three pages; a reply leads to the page of what it answers."""
    owner = community.owner
    first = await owner.send(community.channel, "the first")
    for start in range(0, 1000, 50):
        for number in range(start, start + 49):
            await owner.send(community.channel, f"message {number}")
        await owner.send(community.channel, f"message {start + 49}", reply_to=first["id"])
    found = await exported(owner, community.server)
    folder = f"pages/general-{community.channel}"
    assert found.under(folder) == [f"{folder}/{name}.html" for name in ("0001", "0002", "0003", "index")]
    assert [found.text(f"{folder}/000{n}.html").count("<article") for n in (1, 2, 3)] == [500, 500, 1]
    assert f'href="0001.html#m-{first["id"]}"' in found.text(f"{folder}/0003.html")
    assert 'href="0002.html">Next page' in found.text(f"{folder}/0001.html")
    assert "Next page" not in found.text(f"{folder}/0003.html")
