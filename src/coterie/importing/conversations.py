"""Imported conversations: two people have one direct conversation here; several are merged in order of time."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Final
from uuid import UUID

from msgspec import Struct

from coterie.conversations import batch_queries
from coterie.conversations.batch_queries import NewConversation, NewParticipant, Pair
from coterie.conversations.models import Participant, Participation, SharedConversation
from coterie.importing import texts
from coterie.importing.mappings import ACCOUNT, PERSON, Reference, SourceRow, Stage, TableMapping, one_by_one, stage
from coterie.importing.tables import Read, Table, read
from coterie.importing.work import ImportWork, find_channels
from coterie.log.append import Change

CONVERSATIONS: Final = "conversations"
NAME_LENGTH: Final = 100
DESCRIPTION_LENGTH: Final = 1024

People = Mapping[UUID, datetime]
"""The accounts here that are in a conversation, and when each joined."""


class ImportedConversation(Struct, frozen=True):
    """What a conversation became. If it was merged into an existing one, `id` is that one's, and `new` is None."""

    id: UUID
    people: People
    new: SharedConversation | None
    pair: Pair | None


def conversations(table: Table, members: Table, column: str, is_direct: Read) -> Stage | None:
    """The conversations of a table, whose participants are in another one, by the conversation in `column`.

    The participants are imported with their conversations, and remembered as rows of their own table.
    """
    if not table or not members:
        return None
    place = members.id(column, table.name)
    joined = members.moment("joined_at") if "joined_at" in members.columns else "NULL::timestamptz"
    taking_part = (
        f"SELECT {place} AS place, {members.id('user_id', 'users')} AS user_id, {joined} AS joined_at "
        f"FROM {members.name} WHERE {place} = ANY($1)"
    )

    async def make(work: ImportWork, rows: list[SourceRow]) -> list[ImportedConversation | None]:
        joining = await work.source.read(taking_part, [each["id"] for each in rows])
        accounts = await work.accounts(row["user_id"] for row in joining)
        known = [row for row in joining if row["user_id"] in accounts]
        names = {f"{row['place']}/{row['user_id']}": accounts[row["user_id"]] for row in known}
        await work.remember(members.name, names)
        created = {each["id"]: each["created_at"] for each in rows}
        people: dict[UUID, dict[UUID, datetime]] = {place: {} for place in created}
        for row in known:
            joined_at = row["joined_at"] or created[row["place"]]
            people[row["place"]].setdefault(accounts[row["user_id"]], joined_at)
        pairs = {_pair(who) for who in people.values() if len(who) == 2}
        direct = await batch_queries.direct(work.connection, pairs)
        return [_conversation(each, people[each["id"]], direct) for each in rows]

    kind = TableMapping[ImportedConversation](
        table.name,
        reads={**read(Table.text, "name", "description"), "is_direct": is_direct},
        refers={"created_by": PERSON},
        make=make,
        store=_store,
        find=find_channels,
        has_topic=True,
        same="created_at",
    )
    return stage(table, kind)


def _pair(people: People) -> Pair:
    low, high = sorted(people)
    return low, high


def _conversation(row: SourceRow, people: People, direct: dict[Pair, UUID]) -> ImportedConversation | None:
    """A direct one that is not between two people becomes a group. `direct` are those of pairs, with earlier rows'."""
    if not people:
        row.leave("no one is in it any more")
        return None
    if len(people) != 2 or (row["name"] and not row["is_direct"]):
        if row["is_direct"]:
            row.change("now a group: it was direct, but not between two people", len(people))
        return ImportedConversation(row.id, people, _group(row, people), None)
    pair = _pair(people)
    if pair in direct:
        row.change("merged with the other direct conversation of the same two people")
        return ImportedConversation(direct[pair], people, None, pair)
    direct[pair] = row.id
    new = SharedConversation(row.id, True, None, None, None, row["created_at"])
    return ImportedConversation(row.id, people, new, pair)


def _group(row: SourceRow, people: People) -> SharedConversation:
    name = texts.title(row["name"], NAME_LENGTH)
    if (name or "") != (row["name"] or ""):
        row.change("its name adapted", row["name"] or "")
    description = texts.cut(row["description"], DESCRIPTION_LENGTH)
    if description != (row["description"] or None):
        row.change("its description cut", row["description"][DESCRIPTION_LENGTH:])
    owner = row.here["created_by"]
    if owner not in people:
        owner = min(people, key=lambda user: (people[user], user))
        row.change("its owner is the first participant: its creator is not in it", owner)
    return SharedConversation(row.id, False, name, description, owner, row["created_at"])


async def _store(work: ImportWork, made: list[ImportedConversation]) -> list[Change]:
    new = [(each, each.new) for each in made if each.new]
    await batch_queries.insert(work.connection, [_row(shared, each.pair) for each, shared in new])
    joining = [NewParticipant(each.id, user, joined) for each, _ in new for user, joined in each.people.items()]
    joined = await batch_queries.add(work.connection, joining)
    places = {each.id: shared for each, shared in new}
    return [
        *(Change(shared.id, "conversation", "CONVERSATION_UPDATE", shared) for _, shared in new),
        *(change for (place, _), person in joined.items() for change in _told(places[place], person)),
    ]


def _row(new: SharedConversation, pair: Pair | None) -> NewConversation:
    low, high = pair or (None, None)
    return NewConversation(new.id, new.name, new.created_at, new.is_direct, low, high, new.description, new.owner_id)


def _told(conversation: SharedConversation, participant: Participant) -> list[Change]:
    """The changes for a participant: for the others, and in the participant's own topic."""
    id, user_id = conversation.id, participant.user_id
    own = Participation(id, conversation.is_direct, participant.joined_at)
    return [
        Change(id, f"participants/{user_id}", "PARTICIPANT_ADD", participant),
        Change(user_id, f"conversations/{id}", "DM_CHANNEL_CREATE", own),
    ]


async def _join(work: ImportWork, made: list[NewParticipant]) -> list[Change]:
    """Participants who joined after their conversation was imported."""
    joined = await batch_queries.add(work.connection, made)
    shared = await batch_queries.conversations(work.connection, {place for place, _ in joined})
    return [change for (place, _), person in joined.items() for change in _told(shared[place], person)]


participants: Final = TableMapping[NewParticipant](
    "conversation_participants",
    reads={"joined_at": Table.moment},
    refers={
        "user_id": ACCOUNT,
        "conversation_id": Reference(CONVERSATIONS, find_channels, "the conversation does not exist"),
    },
    make=one_by_one(lambda row: row.become(NewParticipant)),
    store=_join,
    find=lambda here, places, people: here.fetch(
        """
        SELECT conversation_id, user_id FROM conversation_participants
        WHERE conversation_id = ANY($1) AND user_id = ANY($2)
        """,
        places,
        people,
    ),
    ids=("conversation_id", "user_id"),
    became=attrgetter("user_id"),
    keys=("conversation_id", "user_id"),
)
