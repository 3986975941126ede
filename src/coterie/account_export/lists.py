"""The lists of an account's archive: what each contains, and the SQL statement that reads it.

Of what others did or wrote, a list has at most ids and names: no texts, and no reasons that moderators gave. There are
no secrets and no hashes of them. `COLUMNS` says in which list each column that names an account is read.
"""

from dataclasses import dataclass
from typing import Final

ACCOUNT: Final = """
    SELECT id, username, email, email_verified_at, display_name, bio, pronouns, custom_status, activity, avatar_url,
           status, is_admin, is_bot, created_at, last_seen_at, friend_requests_from, direct_messages_from,
           send_read_receipts, deletion_due_at, deletion_erases_messages,
           (SELECT enabled_at FROM second_factors WHERE user_id = users.id) AS second_factor_enabled_at,
           (SELECT id FROM files WHERE avatar_of = users.id) AS avatar_id
    FROM users WHERE id = $1
    """
"""The account itself, by its id."""


@dataclass(frozen=True, slots=True)
class AccountList:
    """`columns` are those that name the account ($1); `sql` reads the rows in a lasting order."""

    name: str
    title: str
    columns: tuple[str, ...]
    sql: str


LISTS: Final = (
    AccountList(
        "servers",
        "Servers",
        ("server_members.user_id", "servers.owner_id"),
        """
        SELECT server_id, name, nickname, joined_at, servers.owner_id = $1 AS is_owner,
               ARRAY(SELECT roles.name FROM member_roles JOIN roles ON roles.id = role_id
                     WHERE member_roles.server_id = members.server_id AND member_roles.user_id = $1
                     ORDER BY position, roles.id) AS roles
        FROM server_members AS members JOIN servers ON servers.id = server_id
        WHERE members.user_id = $1 ORDER BY joined_at, server_id
        """,
    ),
    AccountList(
        "contacts",
        "Friends and blocked users",
        ("contacts.user_id",),
        """
        SELECT contact_user_id AS user_id, username, state, contacts.created_at
        FROM contacts JOIN users ON users.id = contact_user_id WHERE user_id = $1 ORDER BY contacts.created_at, users.id
        """,
    ),
    AccountList(
        "friend_requests",
        "Friend requests",
        ("friend_requests.from_user_id", "friend_requests.to_user_id"),
        """
        SELECT requests.id, from_user_id, sender.username AS from_username, to_user_id,
               receiver.username AS to_username, requests.status, requests.created_at, responded_at,
               CASE WHEN from_user_id = $1 THEN message END AS message
        FROM friend_requests AS requests
        JOIN users AS sender ON sender.id = from_user_id JOIN users AS receiver ON receiver.id = to_user_id
        WHERE from_user_id = $1 OR to_user_id = $1 ORDER BY requests.created_at, requests.id
        """,
    ),
    AccountList(
        "conversations",
        "Conversations",
        (
            "conversation_participants.user_id",
            "conversations.direct_low",
            "conversations.direct_high",
            "conversations.owner_id",
        ),
        """
        SELECT conversation_id, channels.name, is_direct, owner_id = $1 AS is_owner, joined_at, own.read_at,
               partner.username AS partner
        FROM conversation_participants AS own
        JOIN conversations ON conversations.id = conversation_id
        JOIN channels ON channels.id = conversation_id
        LEFT JOIN users AS partner ON partner.id = CASE WHEN direct_low = $1 THEN direct_high ELSE direct_low END
        WHERE own.user_id = $1 ORDER BY joined_at, conversation_id
        """,
    ),
    AccountList(
        "reactions",
        "Reactions",
        ("reactions.user_id",),
        "SELECT message_id, emoji, created_at FROM reactions WHERE user_id = $1 ORDER BY created_at, message_id, emoji",
    ),
    AccountList(
        "poll_votes",
        "Votes",
        ("poll_votes.user_id",),
        """
        SELECT message_id, option, created_at FROM poll_votes
        WHERE user_id = $1 ORDER BY created_at, message_id, option
        """,
    ),
    AccountList(
        "event_answers",
        "Answers to events",
        ("event_answers.user_id",),
        """
        SELECT message_id, (ARRAY['interested', 'coming', 'declined'])[answer] AS answer, created_at
        FROM event_answers WHERE user_id = $1 ORDER BY created_at, message_id
        """,
    ),
    AccountList(
        "documents",
        "Documents that you began",
        ("documents.created_by",),
        "SELECT id, channel_id, title, created_at FROM documents WHERE created_by = $1 ORDER BY created_at, id",
    ),
    AccountList(
        "document_edits",
        "Edits of documents, with what you wrote while that is kept",
        ("document_edits.user_id",),
        """
        SELECT document_id, position, created_at, patches FROM document_edits
        WHERE user_id = $1 ORDER BY created_at, document_id, position
        """,
    ),
    AccountList(
        "emojis",
        "Emoji that you added",
        ("custom_emojis.created_by",),
        "SELECT id, server_id, name, created_at FROM custom_emojis WHERE created_by = $1 ORDER BY created_at, id",
    ),
    AccountList(
        "bots",
        "Bots",
        ("bots.created_by",),
        "SELECT id, name, description, created_at, revoked_at FROM bots WHERE created_by = $1 ORDER BY created_at, id",
    ),
    AccountList(
        "invites",
        "Invites that you made",
        ("server_invites.created_by",),
        """
        SELECT server_id, code, uses, max_uses, created_at, expires_at
        FROM server_invites WHERE created_by = $1 ORDER BY created_at, id
        """,
    ),
    AccountList(
        "reports",
        "Reports that you sent",
        ("reports.reporter_id",),
        """
        SELECT id, kind, category, reason, state, created_at, closed_at
        FROM reports WHERE reporter_id = $1 ORDER BY created_at, id
        """,
    ),
    AccountList(
        "refused_messages",
        "Messages that automod refused",
        ("automod_logs.user_id",),
        """
        SELECT server_id, channel_id, message_content AS content, action_taken AS action, created_at
        FROM automod_logs WHERE user_id = $1 ORDER BY created_at, id
        """,
    ),
    AccountList(
        "moderation",
        "Timeouts and bans of yours",
        ("member_timeouts.user_id", "server_bans.user_id"),
        """
        SELECT server_id, 'timeout' AS kind, created_at, expires_at FROM member_timeouts WHERE user_id = $1
        UNION ALL SELECT server_id, 'ban', created_at, NULL FROM server_bans WHERE user_id = $1
        ORDER BY created_at, server_id
        """,
    ),
    AccountList(
        "audit_log",
        "What you did as a moderator",
        ("audit_logs.actor_id",),
        """
        SELECT id, server_id, action, target_type, target_id, created_at
        FROM audit_logs WHERE actor_id = $1 ORDER BY created_at, id
        """,
    ),
    AccountList(
        "sessions",
        "Devices and access tokens",
        ("sessions.user_id",),
        """
        SELECT id, user_agent, name, is_lasting, scopes, created_at, refreshed_at, expires_at
        FROM sessions WHERE user_id = $1 ORDER BY created_at, id
        """,
    ),
    AccountList(
        "passkeys",
        "Passkeys",
        ("passkeys.user_id",),
        "SELECT id, name, is_synced, created_at, last_used_at FROM passkeys WHERE user_id = $1 ORDER BY created_at, id",
    ),
    AccountList(
        "security_events",
        "Security events",
        ("security_events.account_id",),
        """
        SELECT id, type, address, session_id, occurrences, details, created_at
        FROM security_events WHERE account_id = $1 ORDER BY created_at, id
        """,
    ),
    AccountList(
        "read_marks",
        "How far you have read",
        ("read_marks.user_id",),
        "SELECT channel_id, position FROM read_marks WHERE user_id = $1 ORDER BY channel_id",
    ),
    AccountList(
        "notification_levels",
        "Notification settings",
        ("notification_levels.user_id", "email_notifications.user_id"),
        """
        SELECT kind, place_id, level, muted_until FROM notification_levels WHERE user_id = $1
        UNION ALL SELECT 'email', NULL, frequency, NULL FROM email_notifications WHERE user_id = $1
        ORDER BY kind, place_id
        """,
    ),
    AccountList(
        "usage",
        "Usage counts and limits",
        ("usage_tracking.user_id", "usage_limits.user_id"),
        """
        SELECT metric, period_start, period_end, count FROM usage_tracking WHERE user_id = $1
        UNION ALL SELECT metric, NULL, NULL, value FROM usage_limits WHERE user_id = $1
        ORDER BY metric, period_start
        """,
    ),
    AccountList(
        "files",
        "Files and their bytes",
        ("files.owner_id", "files.avatar_of"),
        "SELECT id, size FROM files WHERE owner_id = $1 OR avatar_of = $1 ORDER BY id",
    ),
)
