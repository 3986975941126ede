"""Bringing an XFChat along: its tables, with everything in them that does not fit."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from coterie.database.pool import OwnConnection
from coterie.process.refusals import Refusal
from tests.importing.conftest import Bring, positions_are_whole
from tests.importing.xfchat_source import BEGAN, HASH, XFChat, at, id_of


async def test_people_who_talk_come_with_what_they_said(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    for name in ("ann", "ben"):
        await xfchat.user(name, name)
    await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    said = [
        await xfchat.say("talk", who, text, number)
        for number, (who, text) in enumerate([("ann", "hello"), ("ben", "hello yourself"), ("ann", "")], 2)
    ]
    outcome = await bring("xfchat")
    assert outcome.notes == set()
    for table, count in {"users": 2, "conversations": 1, "conversation_participants": 2, "chat_messages": 3}.items():
        assert outcome.counts(table) == (count, count, 0, 0)
    rows = await here.fetch("SELECT id, author_id, content, created_at FROM messages ORDER BY seq")
    assert [tuple(row) for row in rows] == [
        (said[0], id_of("ann"), "hello", at(2)),
        (said[1], id_of("ben"), "hello yourself", at(3)),
        (said[2], id_of("ann"), "", at(4)),
    ]
    await positions_are_whole(here)


@pytest.mark.parametrize("time", ["TIMESTAMPTZ", "TIMESTAMP", "BIGINT s", "BIGINT ms"])
async def test_moments_come_whole_however_they_were_kept(
    source: OwnConnection, here: OwnConnection, bring: Bring, time: str
) -> None:
    xfchat = await XFChat.make(source, time)
    await xfchat.user("ann", "ann")
    assert (await bring("xfchat")).counts("users")[0] == 1
    kept = await here.fetchval("SELECT created_at FROM users WHERE id = $1", id_of("ann"))
    microseconds = {"BIGINT s": 0, "BIGINT ms": 123000}.get(time, 123456)
    assert kept == BEGAN.replace(microsecond=microseconds)


async def test_times_without_a_zone_are_of_the_zone_that_is_said(
    source: OwnConnection, here: OwnConnection, bring: Bring
) -> None:
    xfchat = await XFChat.make(source, "TIMESTAMP")
    await xfchat.user("ann", "ann", created_at=datetime(2024, 7, 1, 12, tzinfo=UTC))
    await bring("xfchat", zone="Europe/Berlin")
    kept = await here.fetchval("SELECT created_at FROM users WHERE id = $1", id_of("ann"))
    assert kept == datetime(2024, 7, 1, 10, tzinfo=UTC)


async def test_names_are_made_to_fit_and_nobody_loses_theirs(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await here.execute("UPDATE users SET username = 'Taken' WHERE username = 'root'")
    given = {
        "a": "taken",
        "b": "Ann",
        "c": "ann",
        "d": None,
        "e": "J\u00f6rg M\u00fcller",
        "f": "x",
        "g": "\u674e",
        "h": "w" * 40,
    }
    for number, (name, username) in enumerate(given.items()):
        await xfchat.user(name, username, f"{name}{name}@example.org", created_at=at(number))
    outcome = await bring("xfchat")
    names = {row["id"]: row["username"] for row in await here.fetch("SELECT id, username FROM users")}
    assert {name: names[id_of(name)] for name in given} == {
        "a": "taken_2",
        "b": "Ann",
        "c": "ann_2",
        "d": "dd",
        "e": "Jorg_Muller",
        "f": f"user_{id_of('f').hex[:8]}",
        "g": f"user_{id_of('g').hex[:8]}",
        "h": "w" * 32,
    }
    assert {name for name in given if outcome.reasons("users", id_of(name)) == ["renamed"]} == set(given) - {"b"}
    assert outcome.details["users", str(id_of("c"))] == "'ann' is ann_2"


async def test_very_many_of_one_name(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    for number in range(40):
        await xfchat.user(f"s{number}", "sam", created_at=at(number))
    await bring("xfchat")
    names = [row[0] for row in await here.fetch("SELECT username FROM users WHERE username LIKE 'sam%'")]
    assert len({name.lower() for name in names}) == 40


async def test_nobody_s_address_is_taken_over(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await here.execute("UPDATE users SET email = 'Root@Example.org', password_hash = 'own' WHERE username = 'root'")
    await xfchat.user("root", "root", "root@example.org")
    await xfchat.user("ann", "ann", "ann@example.org", created_at=at(1))
    await xfchat.user("other", "other", "ANN@example.org", created_at=at(2))
    await xfchat.user("none", "none", "no address", created_at=at(3))
    outcome = await bring("xfchat")
    people = {
        row["username"]: row for row in await here.fetch("SELECT username, email, password_hash, is_admin FROM users")
    }
    assert tuple(people["root"]) == ("root", "Root@Example.org", "own", True)
    assert tuple(people["root_2"]) == ("root_2", None, HASH, False)
    assert (people["ann"]["email"], people["other"]["email"], people["none"]["email"]) == (
        "ann@example.org",
        None,
        None,
    )
    assert outcome.reasons("users", id_of("other")) == ["without its email address, which another account has"]
    assert outcome.reasons("users", id_of("none")) == ["without its email address, which is invalid"]


async def test_the_operator_may_say_who_is_who(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await xfchat.user("ann", "ann", "ann@example.org")
    await xfchat.user("ben", "ben")
    await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    await xfchat.say("talk", "ann", "it is me", 2)
    outcome = await bring("xfchat", links={"ann@example.org": "root"})
    root = await here.fetchval("SELECT id FROM users WHERE username = 'root'")
    assert await here.fetchval("SELECT author_id FROM messages") == root
    assert await here.fetchval("SELECT count(*) FROM users") == 2
    assert outcome.reasons("users", id_of("ann")) == ["belongs to an account that existed here, as given by --link"]


async def test_a_name_that_two_have_says_not_who_is_meant(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await xfchat.user("ann", "ann")
    await xfchat.user("other", "ann", created_at=at(1))
    with pytest.raises(Refusal, match="means 2 accounts of the source"):
        await bring("xfchat", links={"ann": "root"})
    await bring("xfchat", links={str(id_of("ann")): "root"})
    assert [row[0] for row in await here.fetch("SELECT username FROM users ORDER BY username")] == ["ann", "root"]
    with pytest.raises(Refusal, match="was imported before"):
        await bring("xfchat", links={str(id_of("other")): "root"})


@pytest.mark.strict
@pytest.mark.parametrize("hash", ["", "secret", "$2b$31$" + "a" * 53, "$argon2id$v=19$m=1,t=1,p=1$YQ$YQ"])
async def test_what_is_no_bcrypt_hash_is_no_password(
    xfchat: XFChat, here: OwnConnection, bring: Bring, hash: str
) -> None:
    await xfchat.user("ann", "ann", password_hash=hash)
    outcome = await bring("xfchat")
    assert await here.fetchval("SELECT password_hash FROM users WHERE username = 'ann'") is None
    assert len(outcome.reasons("users", id_of("ann"))) == 1


async def test_two_people_have_one_direct_conversation(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    for name in ("ann", "ben", "cleo"):
        await xfchat.user(name, name)
    await xfchat.conversation("first", "ann", "ben", is_direct_message=True)
    await xfchat.conversation("second", "ben", "ann", is_direct_message=True, created_at=at(2))
    await xfchat.conversation("unmarked", "ben", "ann", created_at=at(3), created_by=None)
    await xfchat.conversation("named", "ann", "ben", name="Plans", created_at=at(4))
    await xfchat.conversation("three", "ann", "ben", "cleo", is_direct_message=True, created_at=at(5))
    await xfchat.conversation("alone", "cleo", is_direct_message=True, created_at=at(6))
    await xfchat.conversation("nobody", created_at=at(7), created_by=id_of("ann"))
    texts = ["one", "two", "three", "four"]
    for number, (place, text) in enumerate(zip(["first", "second", "first", "unmarked"], texts, strict=True), 10):
        await xfchat.say(place, "ann", text, number)
    await xfchat.say("nobody", "ann", "into the void", 20)
    outcome = await bring("xfchat")
    direct = await here.fetch("SELECT id FROM conversations WHERE is_direct")
    assert [row["id"] for row in direct] == [id_of("first")]
    rows = await here.fetch("SELECT content FROM messages WHERE channel_id = $1 ORDER BY seq", id_of("first"))
    assert [row["content"] for row in rows] == texts
    groups = await here.fetch(
        "SELECT conversations.id, name, owner_id FROM conversations JOIN channels USING (id) WHERE NOT is_direct"
    )
    assert {tuple(row) for row in groups} == {
        (id_of("named"), "Plans", id_of("ann")),
        (id_of("three"), None, id_of("ann")),
        (id_of("alone"), None, id_of("cleo")),
    }
    assert outcome.counts("conversations") == (7, 2, 4, 1)
    assert outcome.reasons("conversations", id_of("nobody")) == ["no one is in it any more"]
    assert outcome.results["chat_messages"].left == 1
    await positions_are_whole(here)


async def test_a_long_text_is_split_and_whole(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await xfchat.user("ann", "ann")
    await xfchat.user("ben", "ben")
    await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    long = "\n".join(f"line {number} of a long story \U0001f600" for number in range(400)) + "x" * 9000
    exact = "y" * 4000
    first = await xfchat.say("talk", "ann", long, 2)
    await xfchat.say("talk", "ben", exact, 3)
    outcome = await bring("xfchat")
    rows = await here.fetch("SELECT author_id, content, created_at FROM messages ORDER BY seq")
    assert "".join(row["content"] for row in rows[:-1]) == long
    assert {(row["author_id"], row["created_at"]) for row in rows[:-1]} == {(id_of("ann"), at(2))}
    assert rows[-1]["content"] == exact
    assert outcome.reasons("chat_messages", first) == ["split into several messages, because it was too long for one"]
    assert (await bring("xfchat")).notes == outcome.notes
    assert await here.fetchval("SELECT count(*) FROM messages") == len(rows)
    await positions_are_whole(here)


async def test_orphans_are_left_out_with_their_reasons(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await xfchat.user("ann", "ann")
    await xfchat.user("ben", "ben")
    await xfchat.conversation("talk", "ann", "ben", "ghost", is_direct_message=True)
    orphan = await xfchat.say("gone", "ann", "where?", 2)
    ghostly = await xfchat.say("talk", "ghost", "boo", 3)
    odd = await xfchat.say("talk", "ann", "when?", 4, created_at=None)
    await xfchat.insert(
        "conversation_participants", conversation_id=id_of("gone"), user_id=id_of("ann"), joined_at=at(1)
    )
    outcome = await bring("xfchat")
    assert outcome.reasons("chat_messages", orphan) == ["the conversation does not exist"]
    assert outcome.reasons("chat_messages", ghostly) == ["without its author, whose account does not exist"]
    assert outcome.reasons("chat_messages", odd) == ["its time was missing or impossible"]
    assert outcome.reasons("conversation_participants", f"{id_of('talk')}/{id_of('ghost')}") == [
        "the account does not exist"
    ]
    assert outcome.reasons("conversation_participants", f"{id_of('gone')}/{id_of('ann')}") == [
        "the conversation does not exist"
    ]
    assert outcome.counts("chat_messages") == (3, 0, 2, 1)
    rows = await here.fetch("SELECT author_id, content FROM messages ORDER BY seq")
    assert [tuple(row) for row in rows] == [(id_of("ann"), "when?"), (None, "boo")]


async def test_what_was_said_to_everybody_is_in_the_archive(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await xfchat.user("ann", "ann")
    said = [
        ("v1", id_of("ann"), "ann", "first"),
        ("v2", None, "Guest", "second"),
        ("v2", None, "ann", "of version two as well"),
        (None, id_of("ghost"), None, "nobody said this"),
        ("v3", None, "ann", "known by its version"),
    ]
    for number, (version, user, author, text) in enumerate(said):
        await xfchat.insert(
            "messages", id=id_of(text), user_id=user, author=author, text=text, version=version, timestamp=at(number)
        )
    for version, user in [("v3", id_of("ann")), ("v9", None)]:
        await xfchat.insert("version_history", version_id=version, user_id=user, created_at=at(0))
    outcome = await bring("xfchat")
    rows = await here.fetch("SELECT author_id, content FROM messages ORDER BY seq")
    assert [tuple(row) for row in rows] == [
        (id_of("ann"), "first"),
        (None, "Guest: second"),
        (None, "ann: of version two as well"),
        (None, "nobody said this"),
        (id_of("ann"), "known by its version"),
    ]
    server = await here.fetchrow(
        "SELECT name, username, is_public, member_count FROM servers JOIN users ON users.id = owner_id"
    )
    assert server is not None
    assert tuple(server) == ("XFChat archive", "root", False, 1)
    assert outcome.reasons("version_history", "v9") == ["no message has this version"]
    await positions_are_whole(here)


async def test_usage(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await xfchat.user("ann", "ann")
    start = (datetime.now(UTC) - timedelta(days=40)).date()
    long_ago = start - timedelta(days=800)
    for user, metric, count, begin in [
        ("ann", "messages_sent", 7, start), ("ann", "api_requests", -3, start), ("ann", "smiles", 1, start),
        ("ghost", "messages_sent", 1, start), ("ann", "messages_sent", 5, long_ago),
    ]:  # fmt: skip
        await xfchat.connection.execute(
            """
            INSERT INTO usage_tracking (user_id, metric_type, count, period_start, period_end)
            VALUES ($1, $2, $3, $4, $5)
            """,
            id_of(user), metric, count, begin, begin + timedelta(days=30),
        )  # fmt: skip
    outcome = await bring("xfchat")
    rows = await here.fetch("SELECT metric, count FROM usage_tracking ORDER BY metric")
    assert [tuple(row) for row in rows] == [("api_requests", 0), ("messages_sent", 7)]
    assert outcome.counts("usage_tracking") == (5, 1, 1, 3)


async def test_read_positions(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    for name in ("ann", "ben"):
        await xfchat.user(name, name)
    await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    first = await xfchat.say("talk", "ann", "one", 2, is_read=True)
    await xfchat.say("talk", "ann", "two", 3)
    await bring("xfchat")
    marks = {row["user_id"]: row["position"] for row in await here.fetch("SELECT user_id, position FROM read_marks")}
    seqs = [row["seq"] for row in await here.fetch("SELECT seq FROM messages ORDER BY seq")]
    assert marks == {id_of("ben"): seqs[0], id_of("ann"): seqs[1]}
    assert first == await here.fetchval("SELECT id FROM messages WHERE seq = $1", seqs[0])
    ticks = await here.fetch(
        """
        SELECT user_id, delivered_position, delivered_at, read_position, read_at FROM conversation_participants
        WHERE delivered_position > 0
        """
    )
    assert [tuple(row) for row in ticks] == [(id_of("ben"), seqs[1], at(3), seqs[0], at(2))]
    wrote = await here.fetch("SELECT user_id FROM conversation_participants WHERE has_written")
    assert [row["user_id"] for row in wrote] == [id_of("ann")], "presence is shown to those who were written to"
    await positions_are_whole(here)


async def test_a_second_run_changes_nothing_and_brings_what_is_new(
    xfchat: XFChat, here: OwnConnection, bring: Bring
) -> None:
    for name in ("ann", "ben", "cleo"):
        await xfchat.user(name, name)
    await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    await xfchat.conversation("club", "ann", "ben", name="Club")
    await xfchat.say("talk", "ann", "one", 2)
    await xfchat.insert("contacts", user_id=id_of("ann"), contact_user_id=id_of("ben"), created_at=at(0))
    await xfchat.insert("messages", text="old", author="x", timestamp=at(0))
    await bring("xfchat")
    before = await everything(here)
    await bring("xfchat")
    assert await everything(here) == before
    await here.execute("DELETE FROM contacts")
    await xfchat.say("talk", "ben", "two", 3)
    await xfchat.insert(
        "conversation_participants", conversation_id=id_of("club"), user_id=id_of("cleo"), joined_at=at(9)
    )
    await bring("xfchat")
    assert [
        row[0]
        for row in await here.fetch("SELECT content FROM messages WHERE channel_id = $1 ORDER BY seq", id_of("talk"))
    ] == ["one", "two"]
    assert await here.fetchval("SELECT count(*) FROM conversation_participants WHERE user_id = $1", id_of("cleo")) == 1
    assert await here.fetchval("SELECT count(*) FROM contacts") == 0
    await positions_are_whole(here)


async def test_a_dry_run_says_the_same_and_keeps_nothing(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    await xfchat.user("ann", "root")
    await xfchat.user("ben", "ben")
    await xfchat.conversation("talk", "ann", "ben", is_direct_message=True)
    await xfchat.say("talk", "ann", "one", 2)
    await xfchat.insert("messages", text="old", author="x", timestamp=at(0))
    before = await everything(here)
    dry = await bring("xfchat", is_dry=True)
    assert await everything(here) == before
    assert dry.counts("chat_messages") == (1, 1, 0, 0)
    assert (await bring("xfchat")).notes == dry.notes


async def test_an_id_that_is_taken_becomes_another(xfchat: XFChat, here: OwnConnection, bring: Bring) -> None:
    root = await here.fetchval("SELECT id FROM users")
    await xfchat.user("ann", "ann", id=root)
    await xfchat.user("ben", "ben")
    await xfchat.conversation("talk", "ben", is_direct_message=False, name="Club")
    await xfchat.insert("conversation_participants", conversation_id=id_of("talk"), user_id=root, joined_at=at(1))
    await xfchat.say("talk", "ann", "one", 2, sender_id=root)
    await bring("xfchat")
    author: UUID = await here.fetchval("SELECT author_id FROM messages")
    assert author != root
    assert await here.fetchval("SELECT username FROM users WHERE id = $1", author) == "ann"
    assert (
        await here.fetchval("SELECT new_id FROM import_ids WHERE kind = 'users' AND old_id = $1", str(root)) == author
    )


async def everything(here: OwnConnection) -> dict[str, object]:
    """All rows of all tables, but for when the import ended."""
    tables = await here.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return {
        row["relname"]: await here.fetchval(f"SELECT array_agg(t::text ORDER BY t::text) FROM {row['relname']} AS t")
        for row in tables
        if row["relname"] != "imports"
    }
