"""What the schema itself guarantees, whatever the application does."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from coterie.database.pool import OwnConnection
from coterie.files import queries as files
from coterie.servers import queries as servers


class Rows:
    """Makes rows, each with what it needs and nothing more."""

    def __init__(self, connection: OwnConnection) -> None:
        self.connection = connection

    async def insert(self, table: str, **values: Any) -> None:
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values())

    async def topic(self, kind: str) -> UUID:
        id = uuid4()
        await self.insert("topics", id=id, kind=kind)
        return id

    async def user(self, **values: Any) -> UUID:
        id = await self.topic("user")
        values = {"username": f"u{id.hex[:20]}", "created_at": await self.now(), **values}
        await self.insert("users", id=id, **values)
        return id

    async def server(self, owner: UUID, **values: Any) -> UUID:
        id, now = await self.topic("server"), await self.now()
        await self.insert(
            "servers", id=id, owner_id=owner, **{"name": "Club", "created_at": now, "updated_at": now, **values}
        )
        return id

    async def channel(self, server: UUID | None, **values: Any) -> UUID:
        id = await self.topic("channel")
        values = {"name": "general", "type": "text", "created_at": await self.now(), **values}
        await self.insert("channels", id=id, server_id=server, **values)
        return id

    async def message(self, channel: UUID, author: UUID | None, seq: int = 1, **values: Any) -> UUID:
        id = uuid4()
        values = {"content": "hello", "seq": seq, "version": seq, "created_at": await self.now(), **values}
        await self.insert("messages", id=id, channel_id=channel, author_id=author, **values)
        return id

    async def now(self) -> Any:
        return await self.connection.fetchval("SELECT now()")

    async def count(self, table: str) -> int:
        count: int = await self.connection.fetchval(f"SELECT count(*) FROM {table}")
        return count

    async def refuses(self, error: type[Exception], making: Any) -> None:
        """The rows cannot be made; what was made before stays."""
        savepoint = self.connection.transaction()
        await savepoint.start()
        with pytest.raises(error):
            await making
        await savepoint.rollback()


@pytest.fixture
def rows(schema: OwnConnection) -> Rows:
    return Rows(schema)


Foreign = asyncpg.ForeignKeyViolationError
Unique = asyncpg.UniqueViolationError
Check = asyncpg.CheckViolationError
Null = asyncpg.NotNullViolationError


async def test_orphans_are_impossible(rows: Rows) -> None:
    now, nobody = await rows.now(), uuid4()
    user = await rows.user()
    server = await rows.server(user)
    channel = await rows.channel(server)
    message = await rows.message(channel, user)
    orphans: list[tuple[str, dict[str, Any]]] = [
        ("users", {"id": nobody, "username": "nobody", "created_at": now}),
        ("servers", {"id": nobody, "name": "x", "owner_id": user, "created_at": now, "updated_at": now}),
        ("channels", {"id": nobody, "server_id": server, "name": "x", "type": "text", "created_at": now}),
        ("changes", {"topic_id": nobody, "key": "k", "position": 1, "type": "T", "data": "1", "is_removal": False}),
        ("server_members", {"server_id": nobody, "user_id": user, "joined_at": now}),
        ("server_members", {"server_id": server, "user_id": nobody, "joined_at": now}),
        ("reactions", {"message_id": nobody, "user_id": user, "emoji": "x", "created_at": now}),
        ("reactions", {"message_id": message, "user_id": nobody, "emoji": "x", "created_at": now}),
        (
            "voice_states",
            {"user_id": user, "channel_id": nobody, "joined_at": now, "session_id": nobody, "left_at": now},
        ),
        ("go_live_sessions", {"channel_id": channel, "broadcaster_id": nobody, "quality": "720p", "started_at": now}),
        ("conversations", {"id": nobody, "is_direct": False}),
        ("member_roles", {"server_id": server, "user_id": user, "role_id": nobody}),
        ("channel_permission_overrides", {"id": uuid4(), "channel_id": channel, "role_id": nobody}),
        ("client_versions", {"topic_id": nobody, "client_version": "1", "position": 1, "digest": b"x" * 32}),
        (
            "client_versions",
            {"topic_id": channel, "client_version": "1", "position": 1, "unnamed_for": nobody, "had": 0},
        ),
        ("read_marks", {"user_id": nobody, "channel_id": channel, "position": 1}),
        ("presences", {"user_id": user, "process_id": nobody}),
    ]
    for table, values in orphans:
        await rows.refuses(Foreign, rows.insert(table, **values))
    await rows.refuses(Foreign, rows.message(nobody, user, 2))
    await rows.refuses(Foreign, rows.message(channel, nobody, 2))
    await rows.refuses(Foreign, rows.message(channel, user, 2, reply_to=nobody))
    await rows.refuses(Foreign, rows.message(channel, user, 2, thread_id=nobody))
    await rows.refuses(Foreign, rows.server(nobody))


async def test_duplicates_are_impossible(rows: Rows) -> None:
    now = await rows.now()
    user = await rows.user(username="Alice", email="alice@example.org")
    other = await rows.user()
    server = await rows.server(user)
    channel = await rows.channel(server)
    message = await rows.message(channel, user, nonce="n")
    await rows.insert("server_members", server_id=server, user_id=user, joined_at=now)
    await rows.insert("reactions", message_id=message, user_id=user, emoji="x", created_at=now)
    await rows.insert("channel_permission_overrides", id=uuid4(), channel_id=channel, user_id=user)
    low, high = sorted([user, other])
    direct = {"is_direct": True, "direct_low": low, "direct_high": high}
    await rows.insert("conversations", id=await rows.channel(None, name=None), **direct)
    duplicates = [
        rows.user(username="aLICE"),
        rows.user(email="ALICE@example.org"),
        rows.message(channel, user, 1),
        rows.message(channel, user, 2, version=2, nonce="n"),
        rows.insert("server_members", server_id=server, user_id=user, joined_at=now),
        rows.insert("reactions", message_id=message, user_id=user, emoji="x", created_at=now),
        rows.insert("channel_permission_overrides", id=uuid4(), channel_id=channel, user_id=user),
        rows.insert("conversations", id=await rows.channel(None, name=None), **direct),
        rows.insert("instance_settings", id=1),
    ]
    await rows.insert("instance_settings", id=1)
    for duplicate in duplicates:
        await rows.refuses(Unique, duplicate)
    await rows.message(channel, other, 2, nonce="n")
    await rows.message(channel, user, 3)
    await rows.message(channel, user, 4)


async def test_rules_of_a_row_are_the_rows(rows: Rows) -> None:
    now = await rows.now()
    user = await rows.user()
    server = await rows.server(user)
    channel = await rows.channel(server)
    message = await rows.message(channel, user)
    broken = [
        rows.user(username="a"),
        rows.user(username="with space"),
        rows.user(username="line\n"),
        rows.user(status="asleep"),
        rows.user(bio="x" * 501),
        rows.server(user, name=""),
        rows.server(user, member_count=-1),
        rows.channel(server, type="video"),
        rows.channel(server, name=None),
        rows.channel(server, position=-1),
        rows.message(channel, user, 0),
        rows.message(channel, user, 2, version=1),
        rows.message(channel, user, 2, content="x" * 4001),
        rows.message(channel, user, 2, deleted_at=now),
        rows.insert("reactions", message_id=message, user_id=user, emoji="x" * 65, created_at=now),
        rows.insert("instance_settings", id=2),
        rows.insert("contacts", user_id=user, contact_user_id=user, state="friend", created_at=now),
        rows.insert("channel_permission_overrides", id=uuid4(), channel_id=channel, user_id=user, role_id=uuid4()),
        rows.insert("channel_permission_overrides", id=uuid4(), channel_id=channel, user_id=user, allow=1, deny=3),
        rows.insert("channel_permission_overrides", id=uuid4(), channel_id=channel, user_id=user, allow=32768),
        rows.insert("topics", id=uuid4(), kind="nothing"),
        rows.insert("topics", id=uuid4(), kind="user", position=1, floor=2),
    ]
    for making in broken:
        await rows.refuses(Check, making)
    await rows.refuses(Null, rows.message(channel, user, 2, content=None))


async def test_a_member_carries_roles_of_their_own_server_only(rows: Rows) -> None:
    now = await rows.now()
    user = await rows.user()
    mine, other = await rows.server(user), await rows.server(user)
    role = uuid4()
    await rows.insert("server_members", server_id=mine, user_id=user, joined_at=now)
    await rows.insert("roles", id=role, server_id=other, name="Boss", created_at=now)
    for server in (mine, other):
        await rows.refuses(Foreign, rows.insert("member_roles", server_id=server, user_id=user, role_id=role))


async def full_server(rows: Rows, owner: UUID) -> UUID:
    """A server with a row in every table that hangs on one."""
    now = await rows.now()
    server = await rows.server(owner)
    channel, role = await rows.channel(server), uuid4()
    message = await rows.message(channel, owner)
    await rows.message(channel, owner, 2, reply_to=message, thread_id=message)
    await rows.insert("server_members", server_id=server, user_id=owner, joined_at=now)
    await rows.insert("roles", id=role, server_id=server, name="Boss", created_at=now)
    await rows.insert("member_roles", server_id=server, user_id=owner, role_id=role)
    await rows.insert("channel_permission_overrides", id=uuid4(), channel_id=channel, role_id=role)
    await rows.insert("reactions", message_id=message, user_id=owner, emoji="x", created_at=now)
    asked = {"question": "?", "options": ["a", "b"], "is_multiple": False, "is_anonymous": False}
    await rows.insert("polls", message_id=message, option_ids=[message, owner], **asked)
    await rows.insert("poll_votes", message_id=message, option=1, user_id=owner, created_at=now)
    await rows.insert("missed_messages", user_id=owner, message_id=message)
    planned = {"starts_at": now, "over_at": now, "time_zone": "UTC", "first_local": "2026-01-01T00:00:00"}
    await rows.insert("scheduled_events", message_id=message, channel_id=channel, name="Tea", **planned)
    await rows.insert("event_answers", message_id=message, user_id=owner, answer=1, created_at=now)
    attachment = {"filename": "a", "stored_as": "a", "file_size": 1, "mime_type": "text/plain", "created_at": now}
    attached, emoji = uuid4(), uuid4()
    await rows.insert("attachments", id=attached, message_id=message, **attachment)
    picture = {"name": "smile", "content_type": "image/webp", "file_size": 1, "created_at": now}
    await rows.insert("custom_emojis", id=emoji, server_id=server, created_by=owner, **picture)
    for link in ({"attachment_id": attached}, {"icon_of": server}, {"emoji_id": emoji}):
        await rows.insert("files", id=uuid4(), owner_id=owner, size=1, keep_until=now, **link)
    archive: dict[str, Any] = {"id": uuid4(), "size": 1, "keep_until": now + timedelta(days=1)}
    await rows.insert("files", **archive)
    export = {"server_id": server, "user_id": owner, "file_id": archive["id"], "filename": "a.zip", "created_at": now}
    await rows.insert("exports", **export)
    voice = {"session_id": uuid4(), "process_id": uuid4(), "joined_at": now}
    await rows.insert("voice_states", user_id=owner, channel_id=channel, **voice)
    live = {"channel_id": channel, "broadcaster_id": owner, "quality": "720p", "started_at": now}
    await rows.insert("go_live_sessions", **live)
    invite = uuid4()
    await rows.insert("server_invites", id=invite, server_id=server, code="aBcDeF12", created_at=now)
    hook = uuid4()
    where = {"name": "Hook", "url": "https://example.org/", "event_types": ["member.left"], "enabled": True}
    sealed = {"sealed_secret": b"x", "sealed_with": "x"}
    await rows.insert("webhooks", id=hook, server_id=server, **where, **sealed, created_at=now, updated_at=now)
    await rows.insert("webhook_positions", webhook_id=hook, topic_id=server, position=1)
    await rows.insert("invite_registrations", user_id=owner, invite_id=invite)
    await rows.insert("member_timeouts", server_id=server, user_id=owner, expires_at=now, created_at=now)
    removal = {"id": uuid4(), "server_id": server, "author_id": owner, "since": now, "created_at": now}
    await rows.insert("message_removals", **removal)
    await automod(rows, server)
    report = {"id": uuid4(), "target_id": owner, "kind": "user", "category": "spam", "context": "[]", "created_at": now}
    await rows.insert("reports", queue_id=server, **report)
    note = {"id": uuid4(), "content": "x", "created_at": now}
    await rows.insert("report_notes", report_id=report["id"], **note)
    mentions = {"mention_user_ids": [], "mention_role_ids": [], "mention_everyone": False, "mention_here": False}
    kept = {"message_id": message, "removal_id": removal["id"], "content": "x", "parts": "{}", **mentions}
    await rows.insert("removed_messages", **kept)
    await rows.insert("slow_mode_sends", channel_id=channel, user_id=owner, sent_at=now)
    await rows.insert("server_bans", server_id=server, user_id=owner, created_at=now)
    await rows.insert("client_versions", topic_id=channel, client_version="1", position=1, digest=b"x" * 32)
    await rows.insert("read_marks", user_id=owner, channel_id=channel, position=1)
    await rows.insert("mentions", channel_id=channel, target_id=owner, seq=1, created_at=now)
    await rows.insert("message_edits", message_id=message, version=2, content="before", edited_at=now)
    document = uuid4()
    await rows.insert("topics", id=document, kind="document")
    times = {"created_at": now, "updated_at": now, "told_at": now}
    await rows.insert("documents", id=document, channel_id=channel, title="Notes", frontier=["a-0"], **times)
    edit = {"agent": "a", "seq": 0, "size": 1, "inserted": 1, "parents": [], "patches": "[]", "frontier": ["a-0"]}
    built = {"position": 1, "base": 0, "checksum": bytes(8), "created_at": now}
    await rows.insert("document_edits", document_id=document, **built, **edit)
    await rows.insert("document_storage", document_id=document, user_id=owner, bytes=2)
    await rows.insert("document_snapshots", document_id=document, position=1, number=1, text=b"", authors="[]")
    change = {"key": "server", "position": 1, "type": "T", "data": "1", "is_removal": False}
    await rows.insert("changes", topic_id=server, **change)
    return server


async def automod(rows: Rows, server: UUID) -> None:
    """A row in every table of automod."""
    now = await rows.now()
    rule = "delete"
    actions = dict.fromkeys(["spam_action", "word_filter_action", "mention_action", "link_action"], rule)
    actions |= dict.fromkeys(["capitals_action", "invite_action", "file_action", "new_account_action"], rule)
    switches = dict.fromkeys(["enabled", "spam_enabled", "duplicate_enabled", "word_filter_enabled"], False)
    switches |= dict.fromkeys(["link_filter_enabled", "invite_filter_enabled", "file_filter_enabled"], False)
    lists: dict[str, list[str]] = {"allowed_domains": [], "allowed_invites": [], "allowed_file_types": []}
    exempt = {"exempt_role_ids": [], "exempt_channel_ids": [], "exempt_moderators": False}
    limits = {"spam_max_messages": 5, "spam_window_secs": 5, "timeout_minutes": 10, "updated_at": now}
    await rows.insert("automod_configs", server_id=server, **actions, **switches, **lists, **exempt, **limits)
    await rows.insert("automod_words", id=uuid4(), server_id=server, word="x", match="part", created_at=now)
    done = {"rule_type": "spam", "action_taken": rule, "write_key": "x", "created_at": now}
    await rows.insert("automod_logs", id=uuid4(), server_id=server, **done)


HANGING = [
    "servers",
    "channels",
    "messages",
    "missed_messages",
    "poll_votes",
    "event_answers",
    "scheduled_events",
    "polls",
    "reactions",
    "attachments",
    "custom_emojis",
    "exports",
    "channel_permission_overrides",
    "roles",
    "member_roles",
    "server_members",
    "server_invites",
    "invite_registrations",
    "webhooks",
    "webhook_positions",
    "member_timeouts",
    "server_bans",
    "message_removals",
    "removed_messages",
    "automod_configs",
    "automod_words",
    "automod_logs",
    "reports",
    "report_notes",
    "slow_mode_sends",
    "voice_states",
    "go_live_sessions",
    "client_versions",
    "read_marks",
    "mentions",
    "message_edits",
    "documents",
    "document_edits",
    "document_snapshots",
    "document_storage",
    "changes",
]


async def test_everything_goes_with_its_server(rows: Rows) -> None:
    owner = await rows.user()
    server = await full_server(rows, owner)
    assert {table: await rows.count(table) for table in HANGING} == {
        table: 2 if table == "messages" else 1 for table in HANGING
    }
    await servers.delete_server(rows.connection, server)
    assert {table: await rows.count(table) for table in HANGING} == dict.fromkeys(HANGING, 0)
    assert await rows.connection.fetchval("SELECT array_agg(kind) FROM topics") == ["user"]


async def test_files_are_let_go_with_their_server(rows: Rows) -> None:
    """Files without a reference are found by the sweep that removes them from the storage."""
    server = await full_server(rows, await rows.user())
    assert await files.unused(rows.connection, 10) == []
    await servers.delete_server(rows.connection, server)
    assert len(await files.unused(rows.connection, 10)) == await rows.count("files") - 1 == 3  # the archive stays a day


async def test_an_account_takes_its_picture_along_but_not_its_files(rows: Rows) -> None:
    owner, leaver = await rows.user(), await rows.user()
    now = await rows.now()
    message = await rows.message(await rows.channel(await rows.server(owner)), leaver)
    attached, avatar = uuid4(), uuid4()
    attachment = {"filename": "a", "stored_as": "a", "file_size": 1, "mime_type": "text/plain", "created_at": now}
    await rows.insert("attachments", id=attached, message_id=message, **attachment)
    await rows.insert("files", id=attached, owner_id=leaver, size=1, keep_until=now, attachment_id=attached)
    await rows.insert("files", id=avatar, owner_id=leaver, size=1, keep_until=now, avatar_of=leaver)
    await rows.connection.execute("DELETE FROM topics WHERE id = $1", leaver)
    assert await files.unused(rows.connection, 10) == [avatar]


async def test_no_table_that_hangs_on_a_server_is_forgotten(rows: Rows) -> None:
    """Every table that refers, at any remove, to servers or channels is among those that are emptied above."""
    found = await rows.connection.fetch(
        """
        WITH RECURSIVE hanging AS (
            SELECT 'servers'::regclass::oid AS id
            UNION SELECT conrelid FROM pg_constraint JOIN hanging ON confrelid = hanging.id WHERE contype = 'f'
        )
        SELECT id::regclass::text FROM hanging
        """
    )
    # The rows of files remain until they are removed from the storage: test_files_are_let_go_with_their_server.
    # The instance's settings forget a chat room that is gone, and stay.
    others = {"calls", "conversations", "conversation_participants", "files", "audit_logs", "instance_settings"}
    of_topics = {"client_versions", "changes"}
    assert {row[0] for row in found} - others == {*HANGING} - of_topics


async def test_what_a_removed_user_said_stays_without_their_name(rows: Rows) -> None:
    owner, leaver = await rows.user(), await rows.user()
    channel = await rows.channel(await rows.server(owner))
    message = await rows.message(channel, leaver, pinned_by=leaver, pinned_at=await rows.now())
    await rows.insert("reactions", message_id=message, user_id=leaver, emoji="x", created_at=await rows.now())
    await rows.connection.execute("DELETE FROM topics WHERE id = $1", leaver)
    row = await rows.connection.fetchrow("SELECT author_id, pinned_by, content FROM messages WHERE id = $1", message)
    assert row is not None
    assert tuple(row) == (None, None, "hello")
    assert (await rows.count("users"), await rows.count("reactions")) == (1, 0)


async def test_the_owner_of_a_server_cannot_be_removed(rows: Rows) -> None:
    owner = await rows.user()
    await rows.server(owner)
    removal = rows.connection.execute("DELETE FROM topics WHERE id = $1", owner)
    await rows.refuses(asyncpg.IntegrityConstraintViolationError, removal)


async def test_every_foreign_key_has_an_index_that_serves_it(schema: OwnConnection) -> None:
    """Otherwise each removal of a row that others refer to reads their whole table."""
    without = await schema.fetch(
        """
        SELECT conrelid::regclass::text AS table, conname FROM pg_constraint
        WHERE contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index
            WHERE indrelid = conrelid
              AND (indkey::smallint[])[0:cardinality(conkey) - 1] @> conkey
              AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) IN (
                  SELECT format('(%I IS NOT NULL)', attname) FROM pg_attribute
                  WHERE attrelid = conrelid AND attnum = ANY(conkey))))
        """
    )
    one_row_for_ever = ("instance_settings", "instance_settings_updated_by_fkey")
    assert [tuple(row) for row in without if tuple(row) != one_row_for_ever] == []
    assert await schema.fetchval("SELECT count(*) FROM pg_constraint WHERE contype = 'f'") >= 40


async def test_a_foreign_key_without_an_index_would_be_seen(schema: OwnConnection) -> None:
    await schema.execute("DROP INDEX servers_owner")
    with pytest.raises(AssertionError, match="servers_owner_id_fkey"):
        await test_every_foreign_key_has_an_index_that_serves_it(schema)


async def test_every_time_has_a_zone(schema: OwnConnection) -> None:
    types = await schema.fetch(
        """
        SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND (data_type ~ '^(timestamp|time|date)' OR column_name LIKE '%\\_at')
        """
    )
    assert {row["data_type"] for row in types} == {"timestamp with time zone"}, types
    assert len(types) >= 30


async def test_every_table_has_a_primary_key(schema: OwnConnection) -> None:
    without = await schema.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary)
        """
    )
    assert without == []
