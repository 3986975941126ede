"""What is in the archive of an account, and what is not: everything of its own, and nothing of others."""

import asyncio
import zipfile
from pathlib import Path
from typing import Any, Final

from coterie.account_export.lists import LISTS
from coterie.database.connection import Database
from coterie.permissions.bits import Permission
from coterie.process.refusals import Exit
from tests.account_deletion.conftest import Place, events
from tests.commands.test_commands import refused, succeed
from tests.exporting.conftest import Exported
from tests.files.conftest import PNG, fetch, until, uploaded
from tests.people import Person, befriend
from tests.polls.calls import ask as ask_poll
from tests.scheduled_events.calls import announce, answer
from tests.serving import LiveServer

SECRET: Final = "wintergreen"
"""In everything that others write."""

NOT_LISTED: Final = {
    "appearances.user_id": "the profile has what the user chose",
    "automod_words.created_by": "rules of a server, which its own export has",
    "bots.user_id": "the bot's own account",
    "calls.caller_id": "only while the call lasts",
    "channel_permission_overrides.user_id": "rules of a server",
    "client_versions.unnamed_for": "to recognise repeated writes",
    "contacts.contact_user_id": "other people's lists",
    "document_storage.user_id": "a sum of the edits",
    "documents.updated_by": "the edits say it",
    "email_reversals.user_id": "secrets that are sent by mail",
    "email_verifications.user_id": "secrets that are sent by mail",
    "exports.user_id": "this archive",
    "instance_settings.updated_by": "the security events say it",
    "invite_registrations.user_id": "to count the uses of an invite",
    "login_challenges.user_id": "secrets that last minutes",
    "member_timeouts.created_by": "the audit log says it",
    "message_removals.author_id": "for moderators, a week long",
    "message_removals.removed_by": "the audit log says it",
    "messages.author_id": "messages.jsonl",
    "messages.pinned_by": "the audit log says it",
    "missed_messages.user_id": "mails that are not sent yet",
    "password_resets.user_id": "secrets that last an hour",
    "presences.user_id": "only while the user is connected",
    "removed_messages.pinned_by": "for moderators, a week long",
    "report_notes.author_id": "notes of moderators about others",
    "reports.closed_by": "notes of moderators about others",
    "reports.user_id": "what others reported, in confidence",
    "second_factors.user_id": "account.json says since when; the rest is secret",
    "security_events.actor_id": "the events of other accounts",
    "server_bans.banned_by": "the audit log says it",
    "slow_mode_sends.user_id": "a time that lasts a day",
    "voice_states.user_id": "only while the user is in a call",
    "webhooks.created_by": "settings of a server, with secrets",
}
"""Columns that name an account and are in no list, and why."""


async def exported(person: Person) -> Exported:
    return Exported(await fetch(person, "/users/@me/export"))


async def test_every_column_that_names_an_account_is_listed_or_left_out_for_a_reason(pool: Database) -> None:
    rows = await pool.fetch(
        """
        SELECT conrelid::regclass || '.' || attname AS name
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
        WHERE contype = 'f' AND confrelid = 'users'::regclass
        """
    )
    listed = [column for each in LISTS for column in each.columns]
    assert {row["name"] for row in rows} == {*listed, *NOT_LISTED}
    assert len(listed) == len(set(listed))
    assert not set(listed) & set(NOT_LISTED)


async def lived(place: Place) -> dict[str, Any]:
    """A life of the member beside people who write as well."""
    member, admin, channel = place.member, place.admin, place.channel
    friend = await place.newcomer("friend")
    await befriend(member, friend)
    await member.expect(200, "PATCH", "/api/users/@me", {"bio": "I like maps", "display_name": "Mapper"})
    asked = await admin.send(channel, f"who likes {SECRET}?")
    sent = await member.send(channel, "I do", reply_to=asked["id"])
    await member.expect(200, "PATCH", f"/api/messages/{sent['id']}", {"content": "I did"})
    await admin.call("PUT", f"/api/channels/{channel}/messages/{sent['id']}/reactions/%F0%9F%91%8D")
    await member.call("PUT", f"/api/channels/{channel}/messages/{asked['id']}/reactions/%F0%9F%91%8E")
    [file] = await uploaded(member, sent["id"], ("map.png", PNG))
    await ask_poll(member, channel, "north", "south", question="Where to?")
    event = await announce(admin, channel, name=f"{SECRET} night", description=SECRET)
    await answer(member, event, "coming")
    direct = await member.expect(200, "POST", "/api/conversations", {"participant_ids": [friend.id]})
    private = await member.send(direct["id"], "only for you")
    await friend.send(direct["id"], f"{SECRET}, only for you")
    gone = await member.send(channel, "taken back")
    await member.expect(204, "DELETE", f"/api/messages/{gone['id']}")
    return {"sent": sent, "private": private, "file": file, "friend": friend}


async def test_it_has_everything_of_the_account_and_nothing_that_others_wrote(place: Place) -> None:
    life = await lived(place)
    found = await exported(place.member)
    assert found.folder == f"{place.member.username}-export"
    assert found.headers["content-disposition"].startswith(f'attachment; filename="{found.folder}-2')
    account = found.json("account.json")
    assert (account["username"], account["bio"], account["display_name"]) == (
        place.member.username,
        "I like maps",
        "Mapper",
    )
    messages = found.lines("messages.jsonl")
    assert [each["content"] for each in messages][:1] == ["I did"]
    assert {each["content"] for each in messages} >= {"I did", "only for you"}
    [said] = [each for each in messages if each["id"] == life["sent"]["id"]]
    assert (said["channel"], said["server"]) == ("talk", "Den")
    assert [each["content"] for each in said["edits"]] == ["I do"]
    assert said["reactions"] == [{"emoji": "👍", "count": 1}]
    assert found.read(said["attachments"][0]["path"])[:4] == PNG[:4]
    [private] = [each for each in messages if each["id"] == life["private"]["id"]]
    assert (private["channel"], private["server"]) == (life["friend"].username, None)
    [poll] = [each["poll"] for each in messages if each["poll"]]
    assert poll["question"] == "Where to?"
    assert found.lines("lists/reactions.jsonl")[0]["emoji"] == "👎"
    assert found.lines("lists/event_answers.jsonl")[0]["answer"] == "coming"
    assert [each["name"] for each in found.lines("lists/servers.jsonl")] == ["Den"]
    assert [each["username"] for each in found.lines("lists/contacts.jsonl")] == [life["friend"].username]
    assert "auth.export_requested" in [each["type"] for each in found.lines("lists/security_events.jsonl")]
    for name in found.names:
        content = found.read(name)
        assert SECRET.encode() not in content, name
        assert b"taken back" not in content, name
        if not name.startswith("lists/"):
            assert place.admin.id.encode() not in content, name


async def test_it_can_be_read(place: Place) -> None:
    life = await lived(place)
    await place.member.send(place.channel, "<script>alert(1)</script>")
    found = await exported(place.member)
    first = found.text("index.html")
    assert "Mapper" in first
    assert '<a href="pages/messages/index.html">' in first
    page = found.text("pages/messages/0001.html")
    assert "#talk · Den" in page
    assert f'<article id="m-{life["sent"]["id"]}"' in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page + first
    assert found.lines("missing.jsonl") == []


async def test_hidden_places_are_not_named(place: Place) -> None:
    await place.member.send(place.channel, "before it was closed")
    override = {"user_id": place.member.id, "allow": 0, "deny": Permission.VIEW_CHANNEL}
    await place.admin.expect(200, "PUT", f"/api/channels/{place.channel}/overrides", override)
    found = await exported(place.member)
    [said] = found.lines("messages.jsonl")
    assert (said["content"], said["channel"], said["server"]) == ("before it was closed", None, None)
    for name in found.names:
        assert b"#talk" not in found.read(name), name
        assert b'"talk"' not in found.read(name), name


async def test_secrets_stay(place: Place, pool: Database) -> None:
    """No hash, no token and no key of the account, in any file."""
    found = await exported(place.member)
    row = await pool.fetchrow(
        """
        SELECT password_hash, encode(sessions.token_hash, 'hex') AS token, encode(refresh_hash, 'hex') AS refresh
        FROM users JOIN sessions ON user_id = users.id WHERE users.id = $1
        """,
        place.member.id,
    )
    assert row is not None
    for name in found.names:
        content = found.text(name) if name.endswith((".json", ".jsonl", ".html")) else ""
        for secret in filter(None, row.values()):
            assert secret not in content, name


async def test_the_operator_writes_it_into_a_file(place: Place, instance: LiveServer, tmp_path: Path) -> None:
    await place.member.send(place.channel, "hello")
    url, name, target = instance.settings.database_url, place.member.username, tmp_path / "own.zip"
    said = await asyncio.to_thread(succeed, "user", "export", name, str(target), url=url)
    assert f"{target}: {target.stat().st_size:,} bytes" in said
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        assert b"hello" in archive.read(f"{name}-export/messages.jsonl")
    await asyncio.to_thread(refused, Exit.USAGE, "user", "export", name, str(target), url=url)
    await asyncio.to_thread(refused, Exit.NOT_FOUND, "user", "export", "nobody_here", str(tmp_path / "no.zip"), url=url)
    assert not (tmp_path / "no.zip").exists()


async def test_it_is_followed_and_removed(place: Place) -> None:
    """Owners see only their own; it is recorded, and the file goes with the account's wish."""
    path = "/api/users/@me/export"
    assert (await place.member.expect(200, "GET", f"{path}/status")) == {"export": None}
    begun = await place.member.expect(202, "POST", path)
    assert (begun["server_id"], begun["state"]) == (None, "preparing")
    assert (await place.member.expect(202, "POST", path))["id"] == begun["id"]
    server = await place.admin.expect(202, "POST", f"/api/servers/{place.server}/export")
    own = await place.admin.expect(202, "POST", path)
    assert len({begun["id"], server["id"], own["id"]}) == 3

    async def is_ready() -> bool:
        state = await place.member.expect(200, "GET", f"{path}/status")
        return bool(state["export"]["state"] == "ready")

    await until(is_ready)
    found = (await place.member.expect(200, "GET", f"{path}/status"))["export"]
    assert found["url"] == f"{path}?id={begun['id']}"
    assert (await fetch(place.admin, f"/users/@me/export?id={begun['id']}")).status == 404
    assert "auth.export_requested" in await events(place.member)
    await place.member.expect(204, "DELETE", path)
    assert (await place.member.expect(200, "GET", f"{path}/status")) == {"export": None}
    assert (await place.admin.expect(200, "GET", f"{path}/status"))["export"]["id"] == own["id"]
