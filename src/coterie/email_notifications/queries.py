"""The SQL statements for emails about missed messages."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection
from coterie.email_notifications.models import EmailFrequency, EmailNotifications
from coterie.notifications.deciding import Recipient
from coterie.notifications.models import NotificationLevel
from coterie.settings.mail import MailLanguage


class NotificationCandidate(NamedTuple):
    """A user whom a message may notify, with the message's position."""

    seq: int
    frequency: EmailFrequency
    recipient: Recipient


class MissedMessage(NamedTuple):
    """A message that notified a user while they were not connected. `place` is the name of its channel or group."""

    message_id: UUID
    channel_id: UUID
    server_id: UUID | None
    content: str
    author: str | None
    place: str | None
    server: str | None


class MailedUser(NamedTuple):
    """A user to be mailed, with their verified address."""

    username: str
    email: str
    frequency: EmailFrequency
    language: MailLanguage | None


async def settings_of(connection: Connection, user_id: UUID, *, has_mail: bool) -> EmailNotifications | None:
    row = await connection.fetchrow(
        """
        SELECT coalesce(chosen.frequency, 'soon') AS frequency, chosen.language,
               $2 AND email_verified_at IS NOT NULL AS is_available
        FROM users LEFT JOIN email_notifications AS chosen ON chosen.user_id = users.id WHERE users.id = $1
        """,
        user_id,
        has_mail,
    )
    return EmailNotifications(**row) if row else None


async def set_settings(
    connection: Connection, user_id: UUID, frequency: EmailFrequency, language: MailLanguage | None
) -> None:
    await connection.execute(
        """
        INSERT INTO email_notifications (user_id, frequency, language) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET frequency = excluded.frequency, language = excluded.language
        """,
        user_id,
        frequency,
        language,
    )


async def unsubscribe(connection: Connection, user_id: UUID) -> None:
    """Send a user no more of these mails; nothing if there is no such user."""
    await connection.execute(
        """
        INSERT INTO email_notifications (user_id, frequency) SELECT id, 'never' FROM users WHERE id = $1
        ON CONFLICT (user_id) DO UPDATE SET frequency = 'never'
        """,
        user_id,
    )


async def candidates(connection: Connection, channel_id: UUID, positions: Sequence[int]) -> list[NotificationCandidate]:
    """Whom messages of a channel may notify by mail: those they mention, and all participants of a conversation.

    Only users who can be mailed and are not connected.
    """
    rows = await connection.fetch(
        """
        WITH place AS MATERIALIZED (SELECT id, server_id FROM channels WHERE id = $1),
        target AS MATERIALIZED (
            SELECT given.seq, target_id FROM unnest($2::bigint[]) AS given (seq)
            JOIN mentions ON mentions.channel_id = $1 AND mentions.seq = given.seq
        ), person (seq, user_id) AS (
            SELECT seq, target_id FROM target
            UNION SELECT target.seq, member_roles.user_id FROM target CROSS JOIN place
                JOIN member_roles ON member_roles.server_id = place.server_id AND role_id = target_id
            UNION SELECT target.seq, server_members.user_id FROM target CROSS JOIN place
                JOIN server_members ON server_members.server_id = place.server_id WHERE target_id = place.id
            UNION SELECT given.seq, part.user_id FROM unnest($2::bigint[]) AS given (seq)
                JOIN conversation_participants AS part ON part.conversation_id = $1
        )
        SELECT seq, users.id, users.status <> 'dnd' AS is_disturbable,
               coalesce(chosen.frequency, 'soon') AS frequency,
               ARRAY(SELECT target_id FROM target
                     WHERE target.seq = person.seq AND target_id IN (SELECT role_id FROM member_roles
                         WHERE member_roles.server_id = place.server_id AND member_roles.user_id = users.id)) AS roles,
               EXISTS (SELECT FROM target WHERE target.seq = person.seq AND target_id = users.id) AS is_named,
               EXISTS (SELECT FROM messages JOIN contacts ON contacts.contact_user_id = messages.author_id
                       WHERE messages.channel_id = $1 AND messages.seq = person.seq
                         AND contacts.user_id = users.id AND contacts.state = 'blocked') AS has_blocked_author,
               own.kind AS own_kind, own.level AS own_level, own.muted_until AS own_muted_until,
               server.level AS server_level, server.muted_until AS server_muted_until, place.server_id
        FROM person CROSS JOIN place JOIN users ON users.id = person.user_id
        LEFT JOIN email_notifications AS chosen ON chosen.user_id = users.id
        LEFT JOIN notification_levels AS own ON own.user_id = users.id AND own.place_id = place.id
        LEFT JOIN notification_levels AS server ON server.user_id = users.id AND server.place_id = place.server_id
        WHERE email_verified_at IS NOT NULL AND coalesce(chosen.frequency, 'soon') <> 'never'
          AND NOT EXISTS (SELECT FROM presences WHERE presences.user_id = users.id)
        ORDER BY seq, users.id
        """,
        channel_id,
        positions,
    )
    return [
        NotificationCandidate(
            row["seq"],
            row["frequency"],
            Recipient(
                row["id"],
                frozenset(row["roles"]),
                is_connected=row["is_named"],  # whom `@here` meant is stored by name
                is_disturbable=row["is_disturbable"],
                has_blocked_author=row["has_blocked_author"],
                place=NotificationLevel(channel_id, row["own_kind"], row["own_level"], row["own_muted_until"]),
                server=NotificationLevel(row["server_id"], "server", row["server_level"], row["server_muted_until"])
                if row["server_id"]
                else None,
            ),
        )
        for row in rows
    ]


async def insert(connection: Connection, missed: Sequence[tuple[UUID, UUID]]) -> None:
    """Store that users, named first, missed messages."""
    await connection.execute(
        """
        INSERT INTO missed_messages (user_id, message_id)
        SELECT given.user_id, messages.id FROM unnest($1::uuid[], $2::uuid[]) AS given (user_id, message_id)
        JOIN messages ON messages.id = given.message_id JOIN users ON users.id = given.user_id
        ORDER BY given.user_id, messages.id ON CONFLICT DO NOTHING
        """,
        [user for user, _ in missed],
        [message for _, message in missed],
    )


async def mailed_user(connection: Connection, user_id: UUID) -> MailedUser | None:
    """The user, if they still want mail, can get it, and are not connected."""
    row = await connection.fetchrow(
        """
        SELECT username, email, coalesce(chosen.frequency, 'soon') AS frequency, chosen.language
        FROM users LEFT JOIN email_notifications AS chosen ON chosen.user_id = users.id
        WHERE users.id = $1 AND email_verified_at IS NOT NULL AND coalesce(chosen.frequency, 'soon') <> 'never'
          AND NOT EXISTS (SELECT FROM presences WHERE presences.user_id = users.id)
          AND NOT EXISTS (SELECT FROM bounced_addresses WHERE address = lower(email))
        """,
        user_id,
    )
    return MailedUser(**row) if row else None


async def missed(connection: Connection, user_id: UUID, messages: Sequence[UUID], limit: int) -> list[MissedMessage]:
    """The newest of these messages that a user has not read since, the newest last; some they may not view now."""
    rows = await connection.fetch(
        """
        SELECT messages.id AS message_id, messages.channel_id, channels.server_id, messages.content,
               coalesce(author.display_name, author.username) AS author, channels.name AS place,
               servers.name AS server
        FROM messages JOIN channels ON channels.id = messages.channel_id
        LEFT JOIN servers ON servers.id = channels.server_id
        LEFT JOIN users AS author ON author.id = messages.author_id
        LEFT JOIN read_marks AS mark ON mark.user_id = $1 AND mark.channel_id = messages.channel_id
        WHERE messages.id = ANY($2) AND messages.deleted_at IS NULL AND messages.seq > coalesce(mark.position, 0)
        ORDER BY messages.created_at DESC, messages.id LIMIT $3
        """,
        user_id,
        messages,
        limit,
    )
    return [MissedMessage(**row) for row in reversed(rows)]


async def missed_ids(connection: Connection, user_id: UUID) -> list[UUID]:
    rows = await connection.fetch("SELECT message_id FROM missed_messages WHERE user_id = $1", user_id)
    return [row["message_id"] for row in rows]


async def wait_for_writers(connection: Connection, user_id: UUID) -> None:
    """Until the end of this transaction, nobody else stores what a user missed."""
    await connection.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", user_id)


async def delete(connection: Connection, user_id: UUID, messages: Sequence[UUID]) -> bool:
    """Forget that a user missed these messages; whether they have missed others since."""
    left: bool = await connection.fetchval(
        """
        WITH gone AS (DELETE FROM missed_messages WHERE user_id = $1 AND message_id = ANY($2))
        SELECT EXISTS (SELECT FROM missed_messages WHERE user_id = $1 AND message_id <> ALL($2))
        """,
        user_id,
        messages,
    )
    return left
