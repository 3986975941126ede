"""The statements about who is in which voice channel."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Connection
from coterie.voice.models import GoLiveSession, VoiceState

STATE: Final = """
    voice_states.user_id, username, server_id, voice_states.channel_id, voice_states.joined_at,
    self_mute, self_deaf, self_video, self_screen,
    server_mute OR NOT can_speak AS server_mute, server_deaf, can_speak
"""


async def take_turns(connection: Connection, user_id: UUID) -> None:
    """Let one account join only one channel at a time: until commit, its other sessions cannot join elsewhere."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('voice:' || $1::text, 0))", str(user_id))


async def state(connection: Connection, user_id: UUID) -> VoiceState | None:
    """The voice state of a user; None if they are in no channel."""
    row = await connection.fetchrow(
        f"""
        SELECT {STATE} FROM voice_states
        JOIN channels ON channels.id = voice_states.channel_id JOIN users ON users.id = user_id
        WHERE user_id = $1
        """,
        user_id,
    )
    return VoiceState(**row) if row else None


async def calls_near(connection: Connection, user_id: UUID) -> list[UUID]:
    """Channels with a call, in the servers of a user, and their conversations with one; they may not see them all."""
    rows = await connection.fetch(
        """
        SELECT channel_id FROM voice_states
        JOIN conversation_participants AS own ON own.conversation_id = channel_id WHERE own.user_id = $1
        UNION
        SELECT channel_id FROM voice_states
        JOIN channels ON channels.id = channel_id
        JOIN server_members AS own ON own.server_id = channels.server_id WHERE own.user_id = $1
        """,
        user_id,
    )
    return [row["channel_id"] for row in rows]


async def states_in(connection: Connection, channels: Collection[UUID]) -> list[VoiceState]:
    """Who is in these channels, in the order in which they joined."""
    rows = await connection.fetch(
        f"""
        SELECT {STATE} FROM voice_states
        JOIN channels ON channels.id = voice_states.channel_id JOIN users ON users.id = user_id
        WHERE voice_states.channel_id = ANY($1) ORDER BY voice_states.joined_at, user_id
        """,
        channels,
    )
    return [VoiceState(**row) for row in rows]


async def states_of(connection: Connection, topic: UUID) -> list[VoiceState]:
    """Who is in any voice channel of a server, or in a conversation."""
    rows = await connection.fetch(
        f"""
        SELECT {STATE} FROM channels
        JOIN voice_states ON voice_states.channel_id = channels.id JOIN users ON users.id = user_id
        WHERE server_id = $1 OR channels.id = $1
        """,
        topic,
    )
    return [VoiceState(**row) for row in rows]


async def count(connection: Connection, channel_id: UUID, besides: UUID) -> int:
    """How many users are in a channel, without the given one."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM voice_states WHERE channel_id = $1 AND user_id <> $2", channel_id, besides
    )
    return found


async def insert(connection: Connection, state: VoiceState, session_id: UUID, process_id: UUID | None) -> None:
    """Insert the voice state of a session; `process_id` is None while no process is known to have a socket of it.

    Mutes by moderators of this server apply from the start. The user's voice state in the same channel is taken over.
    """
    await connection.execute(
        """
        INSERT INTO voice_states
            (user_id, channel_id, joined_at, can_speak, session_id, process_id, left_at, server_mute, server_deaf)
        SELECT $1, $2, $3, $4, $5, $6, CASE WHEN $6::uuid IS NULL THEN $8::timestamptz END,
               coalesce(voice_mute, FALSE), coalesce(voice_deaf, FALSE)
        FROM (SELECT) AS one LEFT JOIN server_members ON server_id = $7 AND server_members.user_id = $1
        ON CONFLICT (user_id) DO UPDATE
        SET self_mute = FALSE, self_deaf = FALSE, self_video = FALSE, self_screen = FALSE,
            can_speak = excluded.can_speak, session_id = excluded.session_id, process_id = excluded.process_id,
            left_at = excluded.left_at, server_mute = excluded.server_mute, server_deaf = excluded.server_deaf
        """,
        state.user_id,
        state.channel_id,
        state.joined_at,
        state.can_speak,
        session_id,
        process_id,
        state.server_id,
        state.joined_at,
    )


async def delete(connection: Connection, users: Collection[UUID], channels: Collection[UUID]) -> None:
    """Delete the voice states of these users, if they are in these channels."""
    await connection.execute(
        "DELETE FROM voice_states WHERE user_id = ANY($1) AND channel_id = ANY($2)", users, channels
    )


async def update_own(connection: Connection, state: VoiceState) -> None:
    await connection.execute(
        """
        UPDATE voice_states SET self_mute = $2, self_deaf = $3, self_video = $4, self_screen = $5, can_speak = $6
        WHERE user_id = $1
        """,
        state.user_id,
        state.self_mute,
        state.self_deaf,
        state.self_video,
        state.self_screen,
        state.can_speak,
    )


async def moderate(
    connection: Connection, server_id: UUID, user_id: UUID, mute: bool | None, deaf: bool | None
) -> None:
    """Mute or deafen a user in a server, now and whenever they come back; None changes nothing."""
    await connection.execute(
        """
        WITH remembered AS (
            UPDATE server_members SET voice_mute = coalesce($3, voice_mute), voice_deaf = coalesce($4, voice_deaf)
            WHERE server_id = $1 AND user_id = $2
        )
        UPDATE voice_states SET server_mute = coalesce($3, server_mute), server_deaf = coalesce($4, server_deaf)
        WHERE user_id = $2
        """,
        server_id,
        user_id,
        mute,
        deaf,
    )


async def move(connection: Connection, user_id: UUID, channel_id: UUID, now: datetime, *, can_speak: bool) -> None:
    """Move a user to another channel of the same server."""
    await connection.execute(
        """
        UPDATE voice_states
        SET channel_id = $2, joined_at = $3, can_speak = $4, self_video = FALSE, self_screen = FALSE
        WHERE user_id = $1
        """,
        user_id,
        channel_id,
        now,
        can_speak,
    )


async def live_in(connection: Connection, channels: Collection[UUID]) -> list[GoLiveSession]:
    """Who is live in these channels."""
    rows = await connection.fetch(
        "SELECT channel_id, broadcaster_id, quality, started_at FROM go_live_sessions WHERE channel_id = ANY($1)",
        channels,
    )
    return [GoLiveSession(**row) for row in rows]


async def put_live(connection: Connection, live: GoLiveSession) -> None:
    """Start a live session, or change its quality."""
    await connection.execute(
        """
        INSERT INTO go_live_sessions (channel_id, broadcaster_id, quality, started_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (channel_id) DO UPDATE SET quality = excluded.quality, started_at = excluded.started_at
        """,
        live.channel_id,
        live.broadcaster_id,
        live.quality,
        live.started_at,
    )


async def delete_live(connection: Connection, channel_id: UUID) -> None:
    await connection.execute("DELETE FROM go_live_sessions WHERE channel_id = $1", channel_id)


# Which process holds which voice state


@dataclass(frozen=True, slots=True)
class Holding:
    """A voice state that a process holds, or that none does, and its topic."""

    user_id: UUID
    session_id: UUID
    topic: UUID
    is_held: bool


async def holdings(connection: Connection, process_id: UUID) -> list[Holding]:
    """The voice states that this process holds, and those that no process holds."""
    rows = await connection.fetch(
        """
        SELECT user_id, session_id, coalesce(server_id, channel_id) AS topic, process_id IS NOT NULL AS is_held
        FROM voice_states JOIN channels ON channels.id = channel_id
        WHERE process_id = $1 OR left_at IS NOT NULL
        """,
        process_id,
    )
    return [Holding(**row) for row in rows]


async def hold(connection: Connection, process_id: UUID, sessions: Sequence[UUID]) -> None:
    """This process has sockets of these sessions, so it holds their voice states."""
    await connection.execute(
        "UPDATE voice_states SET process_id = $1, left_at = NULL WHERE session_id = ANY($2)", process_id, sessions
    )


async def release(connection: Connection, process_id: UUID, sessions: Sequence[UUID], since: datetime) -> None:
    """This process has no socket of these sessions any more; what another process holds by now stays held."""
    await connection.execute(
        """
        UPDATE voice_states SET process_id = NULL, left_at = $3
        WHERE session_id = ANY($2) AND (process_id = $1 OR left_at > $3)
        """,
        process_id,
        sessions,
        since,
    )


async def release_all(connection: Connection, process_id: UUID, since: datetime) -> None:
    """Release everything that this process holds, because it ends."""
    await connection.execute(
        "UPDATE voice_states SET process_id = NULL, left_at = $2 WHERE process_id = $1", process_id, since
    )


async def release_dead(connection: Connection, silent_since: datetime, now: datetime) -> None:
    """Release the voice states of processes that are gone, or that were not seen since."""
    await connection.execute(
        """
        UPDATE voice_states SET process_id = NULL, left_at = $2
        WHERE process_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM processes WHERE id = voice_states.process_id AND seen_at >= $1)
        """,
        silent_since,
        now,
    )


async def renew_grace(connection: Connection, now: datetime) -> None:
    """Start the grace period again, since nobody could reconnect while no process ran."""
    await connection.execute("UPDATE voice_states SET left_at = $1 WHERE left_at IS NOT NULL", now)


async def abandoned(connection: Connection, left_before: datetime) -> list[tuple[UUID, UUID]]:
    """The topics and users of voice states that no process has held since."""
    rows = await connection.fetch(
        """
        SELECT coalesce(server_id, channel_id) AS topic, user_id
        FROM voice_states JOIN channels ON channels.id = channel_id
        WHERE left_at < $1 ORDER BY topic, user_id
        """,
        left_before,
    )
    return [(row["topic"], row["user_id"]) for row in rows]


async def still_abandoned(connection: Connection, users: Collection[UUID], left_before: datetime) -> list[UUID]:
    """Which of these users have still not come back; locks their rows, so that they cannot before commit."""
    rows = await connection.fetch(
        "SELECT user_id FROM voice_states WHERE user_id = ANY($1) AND left_at < $2 ORDER BY user_id FOR UPDATE",
        users,
        left_before,
    )
    return [row["user_id"] for row in rows]


async def channel_by_user(connection: Connection, topic: UUID) -> tuple[int, dict[UUID, UUID]]:
    """A topic's position, and who is in which of its channels at that position; (0, {}) if it is gone."""
    rows = await connection.fetch(
        """
        SELECT topics.position, held.user_id, held.channel_id FROM topics
        LEFT JOIN (channels JOIN voice_states AS held ON held.channel_id = channels.id)
            ON server_id = $1 OR channels.id = $1
        WHERE topics.id = $1
        """,
        topic,
    )
    position = rows[0]["position"] if rows else 0
    return position, {row["user_id"]: row["channel_id"] for row in rows if row["user_id"] is not None}


async def are_together(connection: Connection, user_id: UUID, other: UUID) -> bool:
    """Whether two people are in the same voice channel."""
    found: bool = await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM voice_states JOIN voice_states AS others ON others.channel_id = voice_states.channel_id
            WHERE voice_states.user_id = $1 AND others.user_id = $2
        )
        """,
        user_id,
        other,
    )
    return found


async def topic_of(connection: Connection, user_id: UUID) -> UUID | None:
    """The server or conversation in whose call a user is; None if they are in none."""
    topic: UUID | None = await connection.fetchval(
        """
        SELECT coalesce(server_id, channel_id) FROM voice_states JOIN channels ON channels.id = channel_id
        WHERE user_id = $1
        """,
        user_id,
    )
    return topic
