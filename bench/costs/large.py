"""Accounts as large as the product lets them be, written by SQL.

All attackers are members of the same servers, with a role that may do everything there. An attack uses accounts of its
own, so that none finds the limits of another used up.
"""

from typing import Final
from uuid import UUID

from bench.world import PAST, Instance, Rows, channel_id, make_people, make_server, person_id, server_id
from coterie.channels.models import SERVER_OVERRIDE_LIMIT

ATTACKERS: Final = 1_500
VICTIMS: Final = 600
FIRST_VICTIM: Final = 20_000
FIRST_FRIEND: Final = 30_000
FRIENDS: Final = 1_000
BEFRIENDED: Final = 300
"""The first attackers have all friends, blocks and conversations; the others have only servers."""

CONVERSATIONS: Final = 80
MEMBERS: Final = 10_000
SERVERS: Final = 10
CHANNELS: Final = 490
ROLES: Final = 249
TOLD: Final = 2_000
"""Messages of 4,000 characters in the first channel."""

DOCUMENTS: Final = 499
QUIET: Final = 50
"""The server of those who are measured; the one of automod is the last of the attackers'."""

STRICT: Final = SERVERS - 1
TALK: Final = QUIET * 1_000
EVERYTHING: Final = 2**15 - 1
"""All permissions."""


def role_id(number: int) -> UUID:
    return UUID(f"5{number:031d}")


def conversation_id(number: int) -> UUID:
    return UUID(f"6{number:031d}")


def message_id(number: int) -> UUID:
    return UUID(f"7{number:031d}")


def document_id(number: int) -> UUID:
    return UUID(f"8{number:031d}")


def first_channel(server: int) -> int:
    return server * 1_000


async def make(instance: Instance) -> None:
    rows = instance.rows
    await make_people(rows, MEMBERS)
    await make_people(rows, VICTIMS, FIRST_VICTIM)
    await make_people(rows, FRIENDS, FIRST_FRIEND)
    for number in range(SERVERS):
        members = range(MEMBERS if number == 0 else ATTACKERS)
        await make_server(rows, number, members, range(first_channel(number), first_channel(number) + CHANNELS))
        await _roles(rows, number)
    await make_server(rows, QUIET, range(FIRST_VICTIM, FIRST_VICTIM + VICTIMS), range(TALK, TALK + 1))
    for number in range(SERVERS):
        await _overrides(rows, number)
    await _friends(rows)
    await _conversations(rows)
    await _messages(rows)
    await _documents(rows)


async def _roles(rows: Rows, server: int) -> None:
    """The first role may do everything, and all attackers have it; a member of the first server has ten more."""
    await rows.execute(
        """
        INSERT INTO roles (id, server_id, name, permissions, position, created_at)
        SELECT ('5' || lpad(($1::int * 1000 + number)::text, 31, '0'))::uuid, $2, 'role ' || number,
               CASE WHEN number = $3 THEN $4::bigint ELSE 0 END, number, now()
        FROM generate_series(1, $3::int) AS number
        """,
        server,
        server_id(server),
        ROLES,
        EVERYTHING,
    )
    await rows.execute(
        """
        INSERT INTO member_roles (server_id, user_id, role_id)
        SELECT member.server_id, user_id, roles.id FROM server_members AS member JOIN roles USING (server_id)
        WHERE member.server_id = $1 AND roles.position > $2 AND joined_at IS NOT NULL
        """,
        server_id(server),
        ROLES - (10 if server == 0 else 1),
    )


async def _overrides(rows: Rows, server: int) -> None:
    """Nearly as many as a server may have: for the same roles in each of its channels."""
    await rows.execute(
        """
        INSERT INTO channel_permission_overrides (id, channel_id, role_id, allow, deny)
        SELECT gen_random_uuid(), channels.id, roles.id, 1, 0 FROM channels JOIN roles USING (server_id)
        WHERE server_id = $1 AND roles.position <= $2
        """,
        server_id(server),
        SERVER_OVERRIDE_LIMIT // CHANNELS,
    )


async def _friends(rows: Rows) -> None:
    for state, first in (("friend", 0), ("blocked", FRIENDS // 2)):
        await rows.execute(
            """
            INSERT INTO contacts (user_id, contact_user_id, state, created_at)
            SELECT ours.id, theirs.id, $1, now() FROM users AS ours, users AS theirs
            WHERE ours.id < $2 AND theirs.id >= $3 AND theirs.id < $4
            """,
            state,
            person_id(BEFRIENDED),
            person_id(FIRST_FRIEND + first),
            person_id(FIRST_FRIEND + first + FRIENDS // 2),
        )


async def _conversations(rows: Rows) -> None:
    pairs = [
        (conversation_id(person * 100 + number), person_id(person), person_id(FIRST_FRIEND + number))
        for person in range(BEFRIENDED)
        for number in range(CONVERSATIONS)
    ]
    topics = [(id, "conversation") for id, _, _ in pairs]
    await rows.copy_records_to_table("topics", columns=("id", "kind"), records=topics)
    places = [(id, "text", PAST) for id, _, _ in pairs]
    await rows.copy_records_to_table("channels", columns=("id", "type", "created_at"), records=places)
    made = [(id, True, low, high) for id, low, high in pairs]
    direct = ("id", "is_direct", "direct_low", "direct_high")
    await rows.copy_records_to_table("conversations", columns=direct, records=made)
    parts = [(id, each, PAST) for id, low, high in pairs for each in (low, high)]
    joined = ("conversation_id", "user_id", "joined_at")
    await rows.copy_records_to_table("conversation_participants", columns=joined, records=parts)


async def _messages(rows: Rows) -> None:
    """Long ones, with rare words for the search."""
    await rows.execute(
        """
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, created_at)
        SELECT ('7' || lpad(number::text, 31, '0'))::uuid, $1, $2, number, number,
               left(repeat('word' || number || ' and older ', 300), 4000), $4::timestamptz + number * '1s'::interval
        FROM generate_series(1, $3::int) AS number
        """,
        channel_id(0),
        person_id(1),
        TOLD,
        PAST,
    )
    await rows.execute("UPDATE topics SET position = $2 WHERE id = $1", channel_id(0), TOLD)


async def _documents(rows: Rows) -> None:
    for place, first in ((channel_id(0), 0), (channel_id(first_channel(STRICT)), 1_000)):
        ids = [document_id(first + number) for number in range(DOCUMENTS)]
        await rows.copy_records_to_table("topics", columns=("id", "kind"), records=[(id, "document") for id in ids])
        columns = ("id", "channel_id", "title", "created_at", "updated_at", "told_at", "frontier")
        made = [(id, place, "Bench", PAST, PAST, PAST, [f"{id.hex}-0"]) for id in ids]
        await rows.copy_records_to_table("documents", columns=columns, records=made)
