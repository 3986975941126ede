"""A year of use, whose rows get the times that they would have; then no table holds more than its life allows."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from coterie.database.connection import Database
from coterie.database.forgetting import forget_old
from coterie.database.pool import OwnConnection, open_pool
from coterie.features import ROW_LIFETIMES
from coterie.http.shared_limits import forget_full
from coterie.row_lifetimes.ending import end_all
from coterie.security_events.failures import FAILURES_KEPT
from tests.people import Community
from tests.serving import LiveServer

YEARS = 3
DAYS = YEARS * 365

# One of everything for each day, the oldest first. The members, roles and names of the log are of each day, so that
# nothing but its life ends a row.
USE = """
DO $$
DECLARE
    day INTEGER;
    at TIMESTAMPTZ;
    place UUID := '%(channel)s';
    server UUID := '%(server)s';
    author UUID := '%(author)s';
    top BIGINT;
BEGIN
    FOR day IN REVERSE %(days)s..1 LOOP
        at := now() - day * interval '1 day' + interval '1 hour';
        UPDATE topics SET position = position + 1 WHERE id = place RETURNING position INTO top;
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        VALUES (gen_random_uuid(), place, author, top, top, 'hello', at);
        INSERT INTO mentions (channel_id, target_id, seq, created_at) VALUES (place, author, top, at);
        INSERT INTO client_versions (topic_id, client_version, position, created_at)
        VALUES (place, 'name-' || day, top, at);
        UPDATE topics SET position = position + 1 WHERE id = server RETURNING position INTO top;
        INSERT INTO changes (topic_id, key, position, type, data, is_removal, changed_at)
        VALUES (server, 'members/gone-' || day, top, 'MEMBER_LEAVE', '{}', TRUE, at);
        INSERT INTO audit_logs (id, server_id, action, details, created_at)
        VALUES (overlay(md5(day::text) PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
                        FROM 1)::uuid, server, 'server_update', '{}', at);
        INSERT INTO security_events (id, type, address, occurrences, details, created_at)
        VALUES (gen_random_uuid(), CASE day %% 2 WHEN 0 THEN 'auth.login' ELSE 'auth.login_failed' END,
                '', 1, '{}', at);
        INSERT INTO usage_tracking (user_id, metric, period_start, period_end)
        VALUES (author, 'messages_sent', at, at + interval '1 day');
        INSERT INTO friend_requests (id, from_user_id, to_user_id, status, created_at, responded_at)
        VALUES (gen_random_uuid(), author, '%(other)s', 'rejected', at, at);
        INSERT INTO automod_logs (id, server_id, user_id, rule_type, action_taken, write_key, created_at)
        VALUES (overlay(md5('automod-' || day) PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
                        FROM 1)::uuid, server, author, 'spam', 'delete', day, at);
        INSERT INTO reports (id, kind, target_id, reporter_id, category, context, created_at)
        VALUES (overlay(md5('report-' || day) PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
                        FROM 1)::uuid, 'user', gen_random_uuid(), author, 'spam', '[]', at);
        INSERT INTO revoked_invites (code, revoked_at) VALUES ('code-' || day, at);
        INSERT INTO jobs (id, kind, key, payload, due_at, failed_at)
        VALUES (gen_random_uuid(), 'of a year', day::text, 'null', at, at);
        INSERT INTO message_removals (id, server_id, author_id, since, created_at, state)
        VALUES (gen_random_uuid(), server, author, at, at, 'removed');
        INSERT INTO bounced_addresses (address, reply, created_at) VALUES ('address-' || day, '', at);
        INSERT INTO email_verifications (token_hash, user_id, email, created_at)
        VALUES (sha256(day::text::bytea), author, 'a@b.example', at);
        INSERT INTO email_reversals (token_hash, user_id, email, created_at)
        VALUES (sha256(day::text::bytea), author, 'a@b.example', at);
        INSERT INTO used_challenges (digest, created_at) VALUES (sha256(day::text::bytea), at);
        INSERT INTO rate_limits (key, full_at) VALUES (sha256(day::text::bytea), at);
    END LOOP;
    INSERT INTO slow_mode_sends (channel_id, user_id, sent_at) VALUES
        (place, author, now() - interval '2 days'), (place, '%(other)s', now());
END $$
"""

COUNTS = {
    "mentions": "channel_id = $1",
    "client_versions": "topic_id = $1",
    "messages": "channel_id = $1",
    "slow_mode_sends": "channel_id = $1",
    "changes": "topic_id = $2 AND is_removal",
    "audit_logs": "server_id = $2 AND action = 'server_update'",
    "usage_tracking": "user_id = $3 AND metric = 'messages_sent'",
    "friend_requests": "from_user_id = $3",
    "reports": "reporter_id = $3",
    "automod_logs": "user_id = $3",
    "bounced_addresses": "address LIKE 'address-%'",
    "email_verifications": "user_id = $3",
    "email_reversals": "user_id = $3",
    "used_challenges": "TRUE",
    "revoked_invites": "code LIKE 'code-%'",
    "jobs": "kind = 'of a year'",
    "message_removals": "server_id = $2",
}


@pytest.fixture
async def database(live_server: LiveServer) -> AsyncIterator[Database]:
    pool = await open_pool(live_server.settings)
    yield pool
    await pool.close()


async def counts(rows: OwnConnection, ids: list[UUID]) -> dict[str, int]:
    return {
        table: await rows.fetchval(
            f"SELECT count(*) FROM {table} WHERE {condition} AND num_nonnulls($1::uuid, $2::uuid, $3::uuid) = 3", *ids
        )
        for table, condition in COUNTS.items()
    }


async def test_no_table_holds_more_than_its_life(
    community: Community, rows: OwnConnection, database: Database, live_server: LiveServer
) -> None:
    owner, channel, server = community.owner.id, community.channel, community.server
    ids = [UUID(channel), UUID(server), UUID(owner)]
    given = {"channel": channel, "server": server, "author": owner, "other": community.outsider.id, "days": DAYS}
    await rows.execute(USE % given)
    before = await counts(rows, ids)
    assert min(before.values()) >= 2
    assert before["mentions"] == DAYS
    expected = dict(before)
    await end_all(database, live_server.settings, ROW_LIFETIMES)
    for life in ROW_LIFETIMES:
        age = life.age_by(live_server.settings)
        if age is not None and life.table in expected and life.table != "slow_mode_sends":
            expected[life.table] = age.days
    await forget_old(database, forget_full, timedelta())
    after = await counts(rows, ids)
    assert after.pop("messages") == expected.pop("messages"), "nothing deletes messages"
    assert after.pop("slow_mode_sends") == 1
    expected.pop("slow_mode_sends")
    assert {table: after[table] - days for table, days in expected.items() if abs(after[table] - days) > 1} == {}
    assert await rows.fetchval("SELECT count(*) FROM rate_limits WHERE full_at < now() - interval '1 minute'") == 0
    kinds = await rows.fetch("SELECT type, count(*) FROM security_events WHERE address = '' GROUP BY type")
    held = {row["type"]: row["count"] for row in kinds}
    assert held["auth.login"] == live_server.settings.security_event_days // 2
    assert held["auth.login_failed"] == FAILURES_KEPT.days // 2


async def test_every_table_with_a_life_is_tried(live_server: LiveServer) -> None:
    assert {life.table for life in ROW_LIFETIMES} == (COUNTS.keys() - {"messages"}) | {"security_events"}
