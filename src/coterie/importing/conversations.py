"""Conversations that are brought along: of two people there is one direct conversation, and more become one by time."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from coterie.conversations.models import Participant, Participation, SharedConversation
from coterie.database.connection import Row
from coterie.importing import texts
from coterie.importing.engine import Compared
from coterie.importing.work import Work
from coterie.log.append import Change, append

NAME_LENGTH: Final = 100
DESCRIPTION_LENGTH: Final = 1024


class OldParticipant(Struct, frozen=True):
    """Somebody in a conversation: an account of here."""

    user_id: UUID
    joined_at: datetime


class OldConversation(Struct, frozen=True):
    """A conversation as it was, but for its people. `is_direct` is None where it was not said."""

    kind: str
    old_id: UUID
    is_direct: bool | None
    name: str | None
    description: str | None
    owner_id: UUID | None
    created_at: datetime
    people: list[OldParticipant]


async def bring(work: Work, conversations: Sequence[OldConversation]) -> None:
    """Make the conversations of a batch that were not made before."""
    known = await work.known(conversations[0].kind, [each.old_id for each in conversations])
    new = [each for each in conversations if str(each.old_id) not in known]
    for each in new:
        if not each.people:
            work.leave(each.kind, each.old_id, "nobody is in it any more")
    new = [each for each in new if each.people]
    if not new:
        return
    pairs = {each.old_id: pair for each in new if (pair := _pair(work, each))}
    found = await _found(work, pairs.values())
    merged, made = _merged(work, new, pairs, found)
    ids = await work.topics_for(new[0].kind, [each.old_id for each in made])
    await _insert(work, made, ids, pairs)
    ids |= {old: found[pair] if pair in found else ids[merged[old]] for old, pair in pairs.items() if old in merged}
    await work.remember(new[0].kind, {str(old): id for old, id in ids.items()})
    for each in new:
        people = {f"{each.old_id}/{person.user_id}": person.user_id for person in each.people}
        await work.remember(f"{each.kind} participants", people)


def _pair(work: Work, conversation: OldConversation) -> tuple[UUID, UUID] | None:
    """Whose direct conversation it is; one that was none of two people is a group from now on."""
    people = sorted({each.user_id for each in conversation.people})
    is_meant = conversation.is_direct or (conversation.is_direct is None and not conversation.name)
    if len(people) == 2 and is_meant:
        return people[0], people[1]
    if conversation.is_direct:
        work.change(conversation.kind, conversation.old_id, "a group now: it was direct, but not of two", len(people))
    return None


async def _found(work: Work, pairs: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], UUID]:
    """The direct conversations of these pairs that there are."""
    given = list(pairs)
    rows = await work.connection.fetch(
        """
        SELECT direct_low, direct_high, found.id FROM unnest($1::uuid[], $2::uuid[]) AS given (direct_low, direct_high)
        CROSS JOIN LATERAL (
            SELECT id FROM conversations
            WHERE conversations.direct_low = given.direct_low AND conversations.direct_high = given.direct_high LIMIT 1
        ) AS found
        """,
        [low for low, _ in given],
        [high for _, high in given],
    )
    return {(row["direct_low"], row["direct_high"]): row["id"] for row in rows}


def _merged(
    work: Work,
    conversations: Sequence[OldConversation],
    pairs: dict[UUID, tuple[UUID, UUID]],
    found: dict[tuple[UUID, UUID], UUID],
) -> tuple[dict[UUID, UUID], list[OldConversation]]:
    """Which old conversation goes into which other of the batch (or is there), and those that are made."""
    merged: dict[UUID, UUID] = {}
    made: list[OldConversation] = []
    first: dict[tuple[UUID, UUID], UUID] = {}
    for each in conversations:
        pair = pairs.get(each.old_id)
        if pair is None or (pair not in found and pair not in first):
            made.append(each)
            if pair:
                first[pair] = each.old_id
        else:
            merged[each.old_id] = first.get(pair, each.old_id)
            work.change(each.kind, each.old_id, "one with the other direct conversation of the two")
    return merged, made


async def _insert(
    work: Work, made: Sequence[OldConversation], ids: dict[UUID, UUID], pairs: dict[UUID, tuple[UUID, UUID]]
) -> None:
    shared = [_shared(work, each, ids[each.old_id], is_direct=each.old_id in pairs) for each in made]
    lows_and_highs = [pairs.get(each.old_id, (None, None)) for each in made]
    await work.connection.execute(
        """
        WITH given AS (
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bool[], $5::uuid[], $6::uuid[],
                                 $7::text[], $8::uuid[])
                AS given (id, name, created_at, is_direct, low, high, description, owner_id)
        ), opened AS (
            INSERT INTO topics (id, kind) SELECT id, 'conversation' FROM given
        ), place AS (
            INSERT INTO channels (id, name, type, created_at) SELECT id, name, 'text', created_at FROM given
        )
        INSERT INTO conversations (id, is_direct, direct_low, direct_high, description, owner_id)
        SELECT id, is_direct, low, high, description, owner_id FROM given
        """,
        [each.id for each in shared],
        [each.name for each in shared],
        [each.created_at for each in shared],
        [each.is_direct for each in shared],
        [low for low, _ in lows_and_highs],
        [high for _, high in lows_and_highs],
        [each.description for each in shared],
        [each.owner_id for each in shared],
    )
    places = [(each, person) for each, old in zip(shared, made, strict=True) for person in old.people]
    joined = await add(work, [(each.id, person) for each, person in places])
    await append(
        work.connection,
        *(Change(each.id, "conversation", "CONVERSATION_UPDATE", each) for each in shared),
        *(change for each, person in places for change in told(each, joined[each.id, person.user_id])),
    )


def told(conversation: SharedConversation, participant: Participant) -> list[Change]:
    """What the log says of somebody who takes part: to the others, and among their own affairs."""
    id, user_id = conversation.id, participant.user_id
    own = Participation(id, conversation.is_direct, participant.joined_at)
    return [
        Change(id, f"participants/{user_id}", "PARTICIPANT_ADD", participant),
        Change(user_id, f"conversations/{id}", "DM_CHANNEL_CREATE", own),
    ]


async def add(work: Work, people: Sequence[tuple[UUID, OldParticipant]]) -> dict[tuple[UUID, UUID], Participant]:
    """Let people take part; answers them as the log tells of them."""
    rows = await work.connection.fetch(
        """
        WITH joined AS (
            INSERT INTO conversation_participants (conversation_id, user_id, joined_at)
            SELECT conversation_id, user_id, joined_at
            FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (conversation_id, user_id, joined_at)
            ON CONFLICT (conversation_id, user_id) DO NOTHING
            RETURNING conversation_id, user_id, joined_at
        )
        SELECT conversation_id, user_id, person.username, person.avatar_url, joined_at
        FROM joined CROSS JOIN LATERAL (
            SELECT username, avatar_url FROM users WHERE users.id = joined.user_id LIMIT 1
        ) AS person
        """,
        [conversation for conversation, _ in people],
        [person.user_id for _, person in people],
        [person.joined_at for _, person in people],
    )
    return {
        (row["conversation_id"], row["user_id"]): Participant(
            row["user_id"], row["username"], row["avatar_url"], row["joined_at"]
        )
        for row in rows
    }


def _shared(work: Work, old: OldConversation, id: UUID, *, is_direct: bool) -> SharedConversation:
    if is_direct:
        return SharedConversation(id, True, None, None, None, old.created_at)
    name, description = texts.title(old.name, NAME_LENGTH), texts.cut(old.description, DESCRIPTION_LENGTH)
    if (name or "") != (old.name or ""):
        work.change(old.kind, old.old_id, "its name made to fit", old.name)
    if description != (old.description or None):
        work.change(old.kind, old.old_id, "its description cut", (old.description or "")[DESCRIPTION_LENGTH:])
    people = sorted(old.people, key=lambda each: (each.joined_at, each.user_id))
    owner = old.owner_id
    if owner not in {each.user_id for each in people}:
        owner = people[0].user_id
        work.change(old.kind, old.old_id, "its owner is who came first: who made it is not in it", owner)
    return SharedConversation(id, False, name, description, owner, old.created_at)


async def shared(work: Work, ids: Collection[UUID]) -> dict[UUID, SharedConversation]:
    """Conversations as the log keeps them."""
    rows = await work.connection.fetch(
        """
        SELECT conversations.id, is_direct, name, description, owner_id, created_at
        FROM conversations JOIN channels ON channels.id = conversations.id WHERE conversations.id = ANY($1)
        """,
        list(ids),
    )
    return {row["id"]: SharedConversation(**row) for row in rows}


async def taking_part(work: Work, pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Of these pairs of conversation and account those who take part."""
    given = list(pairs)
    rows = await work.connection.fetch(
        """
        SELECT given.conversation_id, given.user_id
        FROM unnest($1::uuid[], $2::uuid[]) AS given (conversation_id, user_id)
        CROSS JOIN LATERAL (
            SELECT TRUE FROM conversation_participants AS part
            WHERE part.conversation_id = given.conversation_id AND part.user_id = given.user_id LIMIT 1
        ) AS found
        """,
        [conversation for conversation, _ in given],
        [user for _, user in given],
    )
    return {(row["conversation_id"], row["user_id"]) for row in rows}


def comparing(kind: str) -> Callable[[Work, list[Row]], Awaitable[list[Compared]]]:
    """Compares rows with the columns `id` and `created_at` by when their conversations here were made."""

    async def compare(work: Work, rows: list[Row]) -> list[Compared]:
        known = await work.known(kind, [row["id"] for row in rows])
        found = await work.connection.fetch(
            "SELECT id, created_at FROM channels WHERE id = ANY($1)", list(known.values())
        )
        moments = {row["id"]: row["created_at"] for row in found}
        return [
            Compared(
                old_id := str(row["id"]),
                (row["created_at"],),
                (moments[id],) if (id := known.get(old_id)) in moments else None,
            )
            for row in rows
        ]

    return compare
