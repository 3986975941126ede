"""SQL statements for automod."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from coterie.automod.models import AutomodLog, AutomodWordFilter
from coterie.database.columns import parameters
from coterie.database.connection import Connection
from coterie.filtering.models import AutomodConfig

CONFIG: Final = """
    server_id, enabled, spam_enabled, spam_max_messages, spam_window_secs, spam_action, duplicate_enabled,
    word_filter_enabled, word_filter_action, timeout_minutes, updated_at, mention_limit, mention_action,
    link_filter_enabled, link_action, allowed_domains, capitals_percent, capitals_action, exempt_role_ids,
    exempt_channel_ids, exempt_moderators, invite_filter_enabled, invite_action, allowed_invites, file_filter_enabled,
    file_action, allowed_file_types, new_account_hours, new_account_action
"""
WORD: Final = "id, server_id, word, created_by, created_at, match"
C: Final = parameters(AutomodConfig)


class LogRow(Struct, frozen=True):
    """What automod did, to be stored."""

    id: UUID
    server_id: UUID
    channel_id: UUID | None
    user_id: UUID
    rule_type: str
    action_taken: str
    matched_term: str | None
    message_content: str | None
    write_key: str
    created_at: datetime


class PastMessage(NamedTuple):
    """A stored message, as far as rules judge it."""

    id: UUID
    channel_id: UUID
    author_id: UUID | None
    content: str
    created_at: datetime


async def config(connection: Connection, server_id: UUID) -> AutomodConfig | None:
    row = await connection.fetchrow(f"SELECT {CONFIG} FROM automod_configs WHERE server_id = $1", server_id)
    return AutomodConfig(**row) if row else None


async def put_config(connection: Connection, config: AutomodConfig) -> None:
    await connection.execute(
        f"""
        INSERT INTO automod_configs ({CONFIG})
        VALUES ({C.server_id}, {C.enabled}, {C.spam_enabled}, {C.spam_max_messages}, {C.spam_window_secs},
                {C.spam_action}, {C.duplicate_enabled}, {C.word_filter_enabled}, {C.word_filter_action},
                {C.timeout_minutes}, {C.updated_at}, {C.mention_limit}, {C.mention_action}, {C.link_filter_enabled},
                {C.link_action}, {C.allowed_domains}, {C.capitals_percent}, {C.capitals_action}, {C.exempt_role_ids},
                {C.exempt_channel_ids}, {C.exempt_moderators}, {C.invite_filter_enabled}, {C.invite_action},
                {C.allowed_invites}, {C.file_filter_enabled}, {C.file_action}, {C.allowed_file_types},
                {C.new_account_hours}, {C.new_account_action})
        ON CONFLICT (server_id) DO UPDATE SET
            enabled = excluded.enabled, spam_enabled = excluded.spam_enabled,
            spam_max_messages = excluded.spam_max_messages, spam_window_secs = excluded.spam_window_secs,
            spam_action = excluded.spam_action, duplicate_enabled = excluded.duplicate_enabled,
            word_filter_enabled = excluded.word_filter_enabled, word_filter_action = excluded.word_filter_action,
            timeout_minutes = excluded.timeout_minutes, updated_at = excluded.updated_at,
            mention_limit = excluded.mention_limit, mention_action = excluded.mention_action,
            link_filter_enabled = excluded.link_filter_enabled, link_action = excluded.link_action,
            allowed_domains = excluded.allowed_domains, capitals_percent = excluded.capitals_percent,
            capitals_action = excluded.capitals_action, exempt_role_ids = excluded.exempt_role_ids,
            exempt_channel_ids = excluded.exempt_channel_ids, exempt_moderators = excluded.exempt_moderators,
            invite_filter_enabled = excluded.invite_filter_enabled, invite_action = excluded.invite_action,
            allowed_invites = excluded.allowed_invites, file_filter_enabled = excluded.file_filter_enabled,
            file_action = excluded.file_action, allowed_file_types = excluded.allowed_file_types,
            new_account_hours = excluded.new_account_hours, new_account_action = excluded.new_account_action
        """,
        *C.values(config),
    )


async def words(connection: Connection, server_id: UUID) -> list[AutomodWordFilter]:
    """A server's forbidden words, oldest first (at most `actions.WORDS_LIMIT`)."""
    rows = await connection.fetch(
        f"SELECT {WORD} FROM automod_words WHERE server_id = $1 ORDER BY created_at, id", server_id
    )
    return [AutomodWordFilter(**row) for row in rows]


async def word(connection: Connection, server_id: UUID, text: str) -> AutomodWordFilter | None:
    row = await connection.fetchrow(
        f"SELECT {WORD} FROM automod_words WHERE server_id = $1 AND word = $2", server_id, text
    )
    return AutomodWordFilter(**row) if row else None


async def insert_word(connection: Connection, word: AutomodWordFilter) -> None:
    await connection.execute(
        """
        INSERT INTO automod_words (id, server_id, word, created_by, created_at, match) VALUES ($1, $2, $3, $4, $5, $6)
        """,
        *astuple(word),
    )


async def delete_word(connection: Connection, server_id: UUID, text: str) -> bool:
    """Remove a word; False if it is not there."""
    found = await connection.fetchval(
        "DELETE FROM automod_words WHERE server_id = $1 AND word = $2 RETURNING TRUE", server_id, text
    )
    return bool(found)


async def is_logged(connection: Connection, user_id: UUID, write_key: str) -> bool:
    """Whether a write of a user was refused and logged before."""
    return bool(
        await connection.fetchval(
            "SELECT TRUE FROM automod_logs WHERE user_id = $1 AND write_key = $2", user_id, write_key
        )
    )


async def insert_log(connection: Connection, log: LogRow) -> None:
    """Log what was done; a write that is logged already stays as it is."""
    await connection.execute(
        """
        INSERT INTO automod_logs (id, server_id, channel_id, user_id, rule_type, action_taken, matched_term,
                                  message_content, write_key, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (user_id, write_key) DO NOTHING
        """,
        *astuple(log),
    )


async def logs(
    connection: Connection, server_id: UUID, channels: Collection[UUID] | None, limit: int
) -> list[AutomodLog]:
    """What automod did last, newest first: only in these channels, if they are given."""
    rows = await connection.fetch(
        """
        SELECT automod_logs.id, server_id, channel_id, user_id, coalesce(username, '') AS username, rule_type,
               action_taken, matched_term, message_content, automod_logs.created_at
        FROM automod_logs LEFT JOIN users ON users.id = user_id
        WHERE server_id = $1 AND ($2::uuid[] IS NULL OR channel_id = ANY($2))
        ORDER BY automod_logs.id DESC LIMIT $3
        """,
        server_id,
        channels,
        limit,
    )
    return [AutomodLog(**row) for row in rows]


async def newest_messages(
    connection: Connection, channels: Collection[UUID], since: datetime, limit: int
) -> list[PastMessage]:
    """The newest messages of people in these channels, newest first; at most `limit` of each are looked at."""
    rows = await connection.fetch(
        """
        SELECT recent.id, recent.channel_id, recent.author_id, recent.content, recent.created_at
        FROM unnest($1::uuid[]) AS given (channel_id)
        CROSS JOIN LATERAL (
            SELECT id, channel_id, author_id, content, created_at, deleted_at, type FROM messages
            WHERE messages.channel_id = given.channel_id ORDER BY seq DESC LIMIT $3
        ) AS recent
        WHERE recent.created_at > $2 AND recent.deleted_at IS NULL AND recent.type <> 'system'
        ORDER BY recent.created_at DESC, recent.id DESC LIMIT $3
        """,
        channels,
        since,
        limit,
    )
    return [PastMessage(**row) for row in rows]


async def forget_logs(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest entries from before a moment, and count them. Ids grow with time."""
    rows = await connection.fetch(
        """
        DELETE FROM automod_logs WHERE id = ANY(ARRAY(
            SELECT id FROM automod_logs WHERE id < $1 AND created_at < $2 ORDER BY id LIMIT $3
        )) RETURNING id
        """,
        UUID(int=int(before.timestamp() * 1000) << 80),
        before,
        limit,
    )
    return len(rows)
