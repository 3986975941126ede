"""Bringing a Together along: servers and everything in them, files, and with everything that does not fit."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from coterie.commands.scanner_examination import TEST_FILE
from coterie.database.pool import OwnConnection
from tests.files.scanners import clamd_in
from tests.importing.conftest import Bring, positions_are_whole
from tests.importing.test_xfchat import everything
from tests.importing.together_source import Together, later
from tests.importing.xfchat_source import HASH, at, id_of

PUBLISHED = "$2y$04$YzA7AZ1rZ7hsQ2JAhWbnaevHXs4Pe9Q5t3HrJ0kLAJ0qKp0h1kTQy"


async def club(together: Together) -> None:
    """A server of ann's with ben and cleo in it, a text and a voice channel."""
    for name in ("ann", "ben", "cleo"):
        await together.user(name)
    await together.server("Club", "ann", "ann", "ben", "cleo")
    await together.channel("Club", "general")
    await together.channel("Club", "Lounge", "voice", position=1)


async def test_a_community_comes_as_it_was(together: Together, here: OwnConnection, bring: Bring) -> None:
    await club(together)
    await together.insert(
        "roles",
        id=id_of("mods"),
        server_id=id_of("Club"),
        name="Mods",
        permissions=4,
        color="#ff0000",
        position=2,
        created_at=at(3),
    )
    await together.insert("member_roles", user_id=id_of("ben"), server_id=id_of("Club"), role_id=id_of("mods"))
    await together.insert(
        "channel_permission_overrides",
        id=id_of("override"),
        channel_id=id_of("general"),
        role_id=id_of("mods"),
        allow=1024,
        deny=16,
    )
    await together.connection.execute("UPDATE server_members SET nickname = 'Benny' WHERE user_id = $1", id_of("ben"))
    await together.say("general", "ann", "hello", 5)
    outcome = await bring("together")
    assert outcome.notes == set()
    counts = {
        "users": 3,
        "servers": 1,
        "roles": 1,
        "channels": 2,
        "channel_permission_overrides": 1,
        "server_members": 3,
        "messages": 1,
    }
    for table, count in counts.items():
        assert outcome.counts(table) == (count, count, 0, 0), table
    server = await here.fetchrow("SELECT name, owner_id, member_count, default_permissions, is_public FROM servers")
    assert server is not None
    assert tuple(server) == ("Club", id_of("ann"), 3, 123, False)
    member = await here.fetchrow("SELECT nickname, joined_at FROM server_members WHERE user_id = $1", id_of("ben"))
    assert member is not None
    assert tuple(member) == ("Benny", at(3))
    assert await here.fetchval("SELECT user_id FROM member_roles WHERE role_id = $1", id_of("mods")) == id_of("ben")
    override = await here.fetchrow("SELECT role_id, user_id, allow, deny FROM channel_permission_overrides")
    assert override is not None
    assert tuple(override) == (id_of("mods"), None, 1024, 16)
    await positions_are_whole(here)


async def test_accounts_have_no_more_rights_than_others(together: Together, here: OwnConnection, bring: Bring) -> None:
    seeded = UUID(int=1)
    await together.user("alice", id=seeded, is_admin=True, password_hash=published())
    await together.user("boss", is_admin=True, created_at=at(1), bio="b" * 501, avatar_url="javascript:alert(1)")
    await together.user("gone", disabled=True, created_at=at(2), disabled_at=at(9))
    await together.user("robot", is_bot=True, created_at=at(3))
    outcome = await bring("together")
    rows = await here.fetch(
        """
        SELECT username, is_admin, is_bot, password_hash, disabled_at, length(bio) AS bio, avatar_url
        FROM users WHERE username <> 'root' ORDER BY username
        """
    )
    assert [tuple(row) for row in rows] == [
        ("alice", False, False, None, None, None, None),
        ("boss", False, False, HASH, None, 500, None),
        ("gone", False, False, HASH, at(9), None, None),
        ("robot", False, True, None, None, None, None),
    ]
    assert outcome.reasons("users", seeded) == [
        "was an administrator; run `coterie user promote` to make it one here",
        "without a password: it had the published default",
    ]


async def test_messages_with_all_that_hangs_on_them(together: Together, here: OwnConnection, bring: Bring) -> None:
    await club(together)
    root = await together.say("general", "ann", "who comes?", 5, pinned=True, pinned_by=id_of("ben"), pinned_at=at(6))
    reply = await together.say("general", "ben", "me", 6, thread_id=root)
    answer = await together.say(
        "general",
        "cleo",
        "@ann yes",
        7,
        reply_to=root,
        mention_user_ids=[id_of("ann"), id_of("ghost")],
        mention_everyone=True,
        edited_at=at(8),
    )
    gone = await together.say(
        "general", "ben", "a secret", 8, deleted=True, thread_id=root, mention_everyone=True, pinned=True
    )
    lost = await together.say("general", "ghost", "nobody", 9, reply_to=id_of("nothing"), thread_id=reply)
    talked = await together.say("Lounge", "ann", "in a voice channel", 10)
    await together.insert(
        "message_reactions", message_id=root, user_id=id_of("ben"), emoji="\U0001f44d", created_at=at(6)
    )
    await together.insert("reactions", message_id=root, user_id=id_of("ben"), emoji="\U0001f44d", created_at=at(6))
    await together.insert("reactions", message_id=root, user_id=id_of("cleo"), emoji="\U0001f389", created_at=at(7))
    await together.insert(
        "message_reactions", message_id=root, user_id=id_of("ghost"), emoji="\U0001f44d", created_at=at(6)
    )
    outcome = await bring("together")
    found = {
        row["id"]: row
        for row in await here.fetch(
            """
            SELECT id, content, author_id, reply_to, thread_id, thread_reply_count, pinned_at, pinned_by, edited_at,
                   deleted_at, mention_user_ids, mention_everyone
            FROM messages
            """
        )
    }
    assert (found[root]["pinned_at"], found[root]["pinned_by"], found[root]["thread_reply_count"]) == (
        at(6),
        id_of("ben"),
        1,
    )
    assert found[reply]["thread_id"] == root
    assert (found[answer]["reply_to"], found[answer]["edited_at"]) == (root, at(8))
    assert (found[answer]["mention_user_ids"], found[answer]["mention_everyone"]) == ([id_of("ann")], True)
    assert (found[gone]["content"], found[gone]["thread_id"], found[gone]["mention_everyone"]) == ("", root, False)
    assert found[gone]["deleted_at"] is not None
    assert found[gone]["pinned_at"] is None
    assert (found[lost]["author_id"], found[lost]["reply_to"], found[lost]["thread_id"]) == (None, None, None)
    assert len(outcome.reasons("messages", lost)) == 3
    assert found[talked]["content"] == "in a voice channel"
    assert outcome.results["messages"].left == 0
    reactions = await here.fetch("SELECT user_id, emoji FROM reactions WHERE message_id = $1", root)
    assert {tuple(row) for row in reactions} == {(id_of("ben"), "\U0001f44d"), (id_of("cleo"), "\U0001f389")}
    mentions = {row["target_id"] for row in await here.fetch("SELECT target_id FROM mentions")}
    assert mentions == {id_of("ann"), id_of("general")}
    await positions_are_whole(here)


async def test_a_reply_that_comes_later_counts_at_its_root(
    together: Together, here: OwnConnection, bring: Bring
) -> None:
    await club(together)
    root = await together.say("general", "ann", "who comes?", 5)
    await bring("together")
    before = await here.fetchval("SELECT position FROM topics WHERE id = $1", id_of("general"))
    for number in (6, 7):
        await together.say("general", "ben", f"me {number}", number, thread_id=root)
    await bring("together")
    row = await here.fetchrow("SELECT thread_reply_count, version FROM messages WHERE id = $1", root)
    assert row is not None
    assert tuple(row) == (2, before + 3)
    await positions_are_whole(here)


async def test_direct_messages_and_how_far_all_was_read(together: Together, here: OwnConnection, bring: Bring) -> None:
    await club(together)
    for place, people in {"dm": ("ann", "ben"), "dm again": ("ann", "ben"), "dm alone": ("cleo", "ghost")}.items():
        await together.insert("direct_message_channels", id=id_of(place), created_at=at(1))
        for person in people:
            await together.insert("direct_message_members", channel_id=id_of(place), user_id=id_of(person))
    said = [
        await together.say(place, "ann", text, number, table="direct_messages")
        for place, text, number in [("dm", "one", 5), ("dm again", "two", 6), ("dm", "three", 7)]
    ]
    await together.say("dm", "ben", "regretted", 8, table="direct_messages", deleted=True)
    shown = await together.say("general", "ann", "read this", 5)
    await together.say("general", "ann", "and this", 6)
    for place, minutes in {"dm": 6.5, "general": 5.5, "nowhere": 1}.items():
        await together.insert(
            "channel_read_states", user_id=id_of("ben"), channel_id=id_of(place), last_read_at=at(minutes)
        )
    outcome = await bring("together")
    rows = await here.fetch(
        "SELECT content FROM messages JOIN conversations ON conversations.id = channel_id WHERE is_direct ORDER BY seq"
    )
    assert [row["content"] for row in rows] == ["one", "two", "three", ""]
    assert await here.fetchval("SELECT count(*) FROM conversations WHERE is_direct") == 1
    marks = {
        row["channel_id"]: row["id"]
        for row in await here.fetch(
            """
            SELECT read_marks.channel_id, messages.id FROM read_marks
            JOIN messages ON messages.channel_id = read_marks.channel_id AND seq = position
            """
        )
    }
    assert marks[id_of("general")] == shown
    assert set(marks.values()) <= {shown, *said}
    assert outcome.counts("channel_read_states") == (1, 1, 0, 0)
    ticks = await here.fetch(
        """
        SELECT part.user_id, messages.id FROM conversation_participants AS part
        JOIN messages ON channel_id = conversation_id AND seq = read_position AND seq = delivered_position
        """
    )
    assert [tuple(row) for row in ticks] == [(id_of("ben"), said[0])]
    await positions_are_whole(here)


async def test_files_come_with_their_pictures_small(
    together: Together, here: OwnConnection, bring: Bring, tmp_path: object
) -> None:
    await club(together)
    message = await together.say("general", "ann", "\u200b", 5)
    gone = await together.say("general", "ann", "away", 6, deleted=True)
    text = await together.attach(message, "notes.txt", b"what we said")
    photo = await together.attach(message, "photo.png", picture(), created_at=at(51))
    for name, content, on in [
        ("lost.txt", None, message),
        ("empty.txt", b"", message),
        ("page.html", b"<html>", message),
        ("late.txt", b"x", gone),
        ("none.txt", b"x", id_of("nothing")),
    ]:
        await together.attach(on, name, content)
    outside = await together.attach(message, "outside.txt", b"x", url="/files/../../etc/passwd")
    smile = await together.emoji("Club", "smile", picture())
    missing = await together.emoji("Club", "frown", None)
    await together.insert(
        "message_reactions", message_id=message, user_id=id_of("ben"), emoji=f"c:{smile}", created_at=at(6)
    )
    outcome = await bring("together", uploads=together.uploads)
    assert outcome.counts("attachments") == (8, 3, 0, 5)
    assert outcome.counts("custom_emojis") == (2, 1, 0, 1)
    rows = await here.fetch(
        """
        SELECT filename, mime_type, width, thumbnail_size, created_at
        FROM attachments WHERE message_id = $1 ORDER BY created_at
        """,
        message,
    )
    assert [(row["filename"], row["mime_type"], row["width"]) for row in rows] == [
        ("page.html.txt", "text/x-source", None),  # nothing can open it as a page
        ("notes.txt", "text/plain", None),
        ("photo.png", "image/png", 40),
    ]
    assert rows[2]["thumbnail_size"] > 0
    assert outcome.reasons("attachments", id_of(f"{message}/lost.txt")) == ["its file is missing"]
    assert outcome.reasons("attachments", id_of(f"{message}/empty.txt")) == ["its file is empty"]
    assert outcome.reasons("attachments", outside) == ["its file is missing"]
    assert outcome.reasons("custom_emojis", missing) == ["its file is missing"]
    emoji = await here.fetchval("SELECT id FROM custom_emojis WHERE name = 'smile'")
    assert await here.fetchval("SELECT emoji FROM reactions") == f"c:{emoji}"
    assert {text, photo}.isdisjoint(row["id"] for row in await here.fetch("SELECT id FROM attachments"))
    before = await everything(here)
    await bring("together", uploads=together.uploads)
    assert await everything(here) == before
    await positions_are_whole(here)


async def test_files_can_come_later(together: Together, here: OwnConnection, bring: Bring) -> None:
    await club(together)
    message = await together.say("general", "ann", "look", 5)
    await together.attach(message, "notes.txt", b"what we said")
    assert (await bring("together")).results["attachments"].left == 1
    await bring("together", uploads=together.uploads, is_dry=True)
    assert await here.fetchval("SELECT count(*) FROM attachments") == 0
    outcome = await bring("together", uploads=together.uploads)
    assert outcome.counts("attachments") == (1, 1, 0, 0)
    assert await here.fetchval("SELECT count(*) FROM attachments") == 1
    await positions_are_whole(here)


async def test_malware_stays_behind(together: Together, here: OwnConnection, bring: Bring, tmp_path: Path) -> None:
    await club(together)
    message = await together.say("general", "ann", "look", 5)
    await together.attach(message, "notes.txt", b"what we said")
    bad = await together.attach(message, "bad.txt", TEST_FILE)
    outcome = await bring("together", uploads=together.uploads, scanner=f"unix:{tmp_path}/nothing")
    assert outcome.counts("attachments") == (2, 0, 0, 2)
    (tmp_path / "clamd").mkdir()
    async with clamd_in(tmp_path / "clamd") as clamd:
        outcome = await bring("together", uploads=together.uploads, scanner=clamd.socket)
    assert outcome.counts("attachments") == (2, 1, 0, 1)
    [reason] = outcome.reasons("attachments", bad)
    assert reason.startswith("its file is not accepted: file_infected")
    assert [row["filename"] for row in await here.fetch("SELECT filename FROM attachments")] == ["notes.txt"]


async def test_moderation_comes_along(together: Together, here: OwnConnection, bring: Bring) -> None:
    await club(together)
    await together.user("troll")
    await together.insert(
        "server_bans",
        user_id=id_of("troll"),
        server_id=id_of("Club"),
        reason="r" * 600,
        banned_by=id_of("ann"),
        created_at=at(4),
    )
    await together.insert("server_bans", user_id=id_of("ghost"), server_id=id_of("Club"), created_at=at(4))
    for name, days in {"ben": 3, "cleo": -3}.items():
        await together.insert(
            "automod_timeouts", user_id=id_of(name), server_id=id_of("Club"), expires_at=later(days), created_at=at(4)
        )
    for code, uses, most in [("abcdEF12", 3, 2), ("short", 0, None), ("GHIJKL34", 1, None)]:
        await together.insert(
            "server_invites",
            id=id_of(code),
            server_id=id_of("Club"),
            code=code,
            created_by=id_of("ann"),
            uses=uses,
            max_uses=most,
            created_at=at(4),
        )
    await together.insert(
        "audit_logs",
        id=id_of("entry"),
        server_id=id_of("Club"),
        actor_id=id_of("ann"),
        action="member.ban",
        target_type="user",
        target_id=id_of("troll"),
        details='{"reason": "rude"}',
        created_at=at(4),
    )
    await together.insert(
        "audit_logs", id=id_of("lost entry"), server_id=None, action="server_delete", created_at=at(5)
    )
    outcome = await bring("together")
    ban = await here.fetchrow("SELECT user_id, banned_by, length(reason) AS length FROM server_bans")
    assert ban is not None
    assert tuple(ban) == (id_of("troll"), id_of("ann"), 512)
    assert "reason cut to 512 characters" in {reason for _, _, reason in outcome.notes}
    assert [row["user_id"] for row in await here.fetch("SELECT user_id FROM member_timeouts")] == [id_of("ben")]
    invites = await here.fetch("SELECT code, uses, max_uses FROM server_invites ORDER BY code")
    assert [tuple(row) for row in invites] == [("GHIJKL34", 1, None), ("abcdEF12", 2, 2)]
    entry = await here.fetchrow("SELECT action, actor_id, target_id, details::text AS details FROM audit_logs")
    assert entry is not None
    assert tuple(entry) == ("member_ban", id_of("ann"), id_of("troll"), '{"reason": "rude"}')
    left = {
        name: outcome.results[name].left for name in ("server_bans", "automod_timeouts", "server_invites", "audit_logs")
    }
    assert left == {"server_bans": 1, "automod_timeouts": 1, "server_invites": 1, "audit_logs": 1}
    await positions_are_whole(here)


async def test_what_belongs_nowhere_is_left_out(together: Together, here: OwnConnection, bring: Bring) -> None:
    await club(together)
    await together.server("Ghost town", "ghost", "ben")
    await together.channel("Ghost town", "empty")
    await together.channel("Club", "w" * 200, position=-5, category=" ", topic="t" * 2000)
    await together.insert("server_members", server_id=id_of("Club"), user_id=id_of("ghost"), joined_at=at(1))
    await together.server("Second", "ben", name=" " * 3, icon_url="ftp://x")
    roles: dict[str, dict[str, Any]] = {
        "strong": {"server_id": id_of("Club"), "permissions": 1 << 40 | 2, "color": "<script>", "position": -1},
        "lost": {"server_id": id_of("nowhere")},
        "other": {"server_id": id_of("Second")},
    }
    for key, values in roles.items():
        await together.insert("roles", id=id_of(key), name=key, created_at=at(3), **values)
    overrides = [
        ("strong", None, 3, 2),
        ("other", None, 1, 0),
        (None, "ghost", 1, 0),
        ("strong", None, 0, 1),
        (None, "ben", 0, 2),
    ]
    for number, (target, user, allow, deny) in enumerate(overrides):
        await together.insert(
            "channel_permission_overrides",
            id=UUID(int=1000 + number),
            channel_id=id_of("general"),
            role_id=id_of(target) if target else None,
            user_id=id_of(user) if user else None,
            allow=allow,
            deny=deny,
        )
    await together.insert("polls", id=id_of("poll"), message_id=id_of("x"), question="?")
    await together.insert("surprises", id=1)
    outcome = await bring("together")
    assert {row["name"] for row in await here.fetch("SELECT name FROM servers")} == {"Club", "Server"}
    assert (
        await here.fetchval(
            "SELECT count(*) FROM server_members WHERE user_id = $1 AND server_id = $2", id_of("ben"), id_of("Second")
        )
        == 1
    )
    role = await here.fetchrow("SELECT permissions, color, position FROM roles WHERE id = $1", id_of("strong"))
    assert role is not None
    assert tuple(role) == (2, None, 0)
    kept = await here.fetch(
        "SELECT role_id, user_id, allow, deny FROM channel_permission_overrides ORDER BY allow DESC"
    )
    assert [tuple(row) for row in kept] == [(id_of("strong"), None, 3, 0), (None, id_of("ben"), 0, 2)]
    channel = await here.fetchrow(
        "SELECT length(name) AS name, position, category, length(topic) AS topic FROM channels WHERE id = $1",
        id_of("w" * 200),
    )
    assert channel is not None
    assert tuple(channel) == (100, 0, None, 1024)
    left = {
        name: outcome.results[name].left
        for name in ("servers", "channels", "roles", "server_members", "polls", "surprises")
    }
    assert left == {"servers": 1, "channels": 1, "roles": 1, "server_members": 3, "polls": 1, "surprises": 1}
    assert ("polls", "*", "polls are not imported; its text was, with the question") in outcome.notes
    await positions_are_whole(here)


async def test_what_was_removed_here_stays_removed(together: Together, here: OwnConnection, bring: Bring) -> None:
    await club(together)
    message = await together.say("general", "ann", "look", 5)
    await bring("together")
    await here.execute("DELETE FROM topics WHERE id = $1", id_of("general"))
    await here.execute("DELETE FROM server_members WHERE user_id = $1", id_of("cleo"))
    await here.execute("UPDATE servers SET member_count = 2")
    before = await everything(here)
    outcome = await bring("together")
    after = await everything(here)
    assert {name for name in after if after[name] != before[name]} == {"import_notes"}
    assert outcome.reasons("messages", message) == ["the channel does not exist"]
    removed = {name: result.removed for name, result in outcome.results.items() if result.removed}
    assert removed == {"channels": 1, "server_members": 1}
    assert not [name for name, result in outcome.results.items() if result.missing]


def published() -> str:
    import bcrypt

    return bcrypt.hashpw(b"password123", bcrypt.gensalt(4)).decode()


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("kind", ["xfchat", "together"])
async def test_an_empty_source_is_refused(kind: str, together: Together, here: OwnConnection, bring: Bring) -> None:
    from coterie.process.refusals import Refusal

    with pytest.raises(Refusal, match="no accounts"):
        await bring(kind)
