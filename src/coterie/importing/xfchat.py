"""The stages of an import from XFChat: its tables in an order in which each finds what it refers to.

Foreign keys of the source are not relied on: what refers to nothing is left out, and said to be.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from coterie.database.connection import Row
from coterie.importing import accounts, conversations, friends, messages, reading, receipts, room, usage
from coterie.importing.accounts import Account
from coterie.importing.conversations import OldConversation, OldParticipant
from coterie.importing.engine import Compared, Stage
from coterie.importing.messages import OldMessage
from coterie.importing.source import Query, Source, Table
from coterie.importing.work import Work
from coterie.log.append import Change, append
from coterie.messages.models import MessageType

CONVERSATIONS: Final = "conversations"
PARTICIPANTS: Final = "conversation_participants"
MESSAGES: Final = "chat_messages"
REST: Final = {"_sqlx_migrations": ""}
"""What has no place here, and why; the tables of the program's own upkeep are not worth a word."""

TABLES: Final = (
    "users",
    "contacts",
    "friend_requests",
    "usage_tracking",
    CONVERSATIONS,
    PARTICIPANTS,
    MESSAGES,
    room.MESSAGES,
    room.HISTORY,
)


async def stages(source: Source) -> list[Stage]:
    """The stages for the tables that there are."""
    tables = {name: await source.table(name) for name in TABLES}
    made = [
        _users(tables["users"]),
        friends.contacts(tables["contacts"]),
        friends.requests(tables["friend_requests"]),
        usage.stage(tables["usage_tracking"]),
        _conversations(tables[CONVERSATIONS], tables[PARTICIPANTS]),
        _participants(tables[PARTICIPANTS]),
        _messages(tables[MESSAGES]),
        room.messages(tables[room.MESSAGES], tables[room.HISTORY]),
        room.history(tables[room.HISTORY], tables[room.MESSAGES]),
        _read(tables[PARTICIPANTS], tables[MESSAGES]),
        _reached(tables[PARTICIPANTS], tables[MESSAGES]),
    ]
    return [stage for stage in made if stage is not None]


def _users(table: Table) -> Stage:
    columns = (
        f"{table.id()} AS id",
        f"{table.text('username')} AS username",
        f"{table.text('email')} AS email",
        f"{table.text('password_hash')} AS password_hash",
        f"{table.moment('created_at')} AS created_at",
    )

    async def store(work: Work, rows: list[Row]) -> None:
        await accounts.bring(
            work,
            [
                Account(row["id"], row["username"], row["email"], row["password_hash"], row["created_at"])
                for row in rows
            ],
        )

    keys = ((table.moment("created_at"), "timestamptz"), (table.id(), "uuid"))
    return Stage("users", Query(columns, table.name, keys), store, accounts.compare)


def _conversations(table: Table, participants: Table) -> Stage | None:
    if not table or not participants:
        return None
    columns = (
        f"{table.id()} AS id",
        f"{table.id('created_by', 'users')} AS created_by",
        f"{table.text('name')} AS name",
        f"{table.text('description')} AS description",
        f"{table.value('is_direct_message')} AS is_direct",
        f"{table.moment('created_at')} AS created_at",
    )
    people = (
        f"SELECT {participants.id('conversation_id', CONVERSATIONS)} AS conversation_id, "
        f"{participants.id('user_id', 'users')} AS user_id, {participants.moment('joined_at')} AS joined_at "
        f"FROM {participants.name} WHERE {participants.id('conversation_id', CONVERSATIONS)} = ANY($1)"
    )

    async def store(work: Work, rows: list[Row]) -> None:
        found = await work.source.read(people, [row["id"] for row in rows])
        known = await work.accounts([*(each["user_id"] for each in found), *(row["created_by"] for row in rows)])
        parts: dict[UUID, list[OldParticipant]] = {}
        for each in found:
            if each["user_id"] in known:
                part = OldParticipant(known[each["user_id"]], each["joined_at"])
                parts.setdefault(each["conversation_id"], []).append(part)
        await conversations.bring(work, [_conversation(row, known, parts.get(row["id"], [])) for row in rows])

    keys = ((table.moment("created_at"), "timestamptz"), (table.id(), "uuid"))
    return Stage(CONVERSATIONS, Query(columns, table.name, keys), store, conversations.comparing(CONVERSATIONS))


def _conversation(row: Row, known: dict[UUID, UUID], people: list[OldParticipant]) -> OldConversation:
    owner = known.get(row["created_by"])
    is_direct = row["is_direct"] or (None if not row["name"] else False)
    return OldConversation(
        CONVERSATIONS, row["id"], is_direct, row["name"], row["description"], owner, row["created_at"], people
    )


def _participants(table: Table) -> Stage | None:
    """Those who came with their conversation are known; who was added to a group since comes in here."""
    if not table:
        return None
    columns = (
        f"{table.id('conversation_id', CONVERSATIONS)} AS conversation_id",
        f"{table.id('user_id', 'users')} AS user_id",
        f"{table.moment('joined_at')} AS joined_at",
    )
    keys = ((table.id("conversation_id", CONVERSATIONS), "uuid"), (table.id("user_id", "users"), "uuid"))
    return Stage(PARTICIPANTS, Query(columns, table.name, keys), _join, _compare_participants)


async def _join(work: Work, rows: list[Row]) -> None:
    places = await work.channels(CONVERSATIONS, [row["conversation_id"] for row in rows])
    people = await work.accounts([row["user_id"] for row in rows])
    keys = {f"{row['conversation_id']}/{people[row['user_id']]}" for row in rows if row["user_id"] in people}
    known = await work.known(f"{CONVERSATIONS} participants", keys)
    new = []
    for row in rows:
        old_id = _participation(row)
        user_id, place = people.get(row["user_id"]), places.get(row["conversation_id"])
        if user_id is None:
            work.leave(PARTICIPANTS, old_id, "there is no such account")
        elif place is None:
            work.leave(PARTICIPANTS, old_id, "there is no such conversation")
        elif f"{row['conversation_id']}/{user_id}" not in known:
            new.append((place, row["conversation_id"], OldParticipant(user_id, row["joined_at"])))
    if new:
        await _add(work, new)
    await work.remember(
        PARTICIPANTS, {_participation(row): people[row["user_id"]] for row in rows if row["user_id"] in people}
    )


async def _add(work: Work, new: list[tuple[UUID, UUID, OldParticipant]]) -> None:
    joined = await conversations.add(work, [(place, person) for place, _, person in new])
    shared = await conversations.shared(work, {place for place, _ in joined})
    changes: list[Change] = []
    for (place, _), participant in joined.items():
        changes += conversations.told(shared[place], participant)
    if changes:
        await append(work.connection, *changes)
    await work.remember(
        f"{CONVERSATIONS} participants", {f"{old}/{person.user_id}": person.user_id for _, old, person in new}
    )


async def _compare_participants(work: Work, rows: list[Row]) -> Iterable[Compared]:
    places = await work.known(CONVERSATIONS, [row["conversation_id"] for row in rows])
    people = await work.known("users", [row["user_id"] for row in rows])
    pairs = {
        _participation(row): (places[str(row["conversation_id"])], people[str(row["user_id"])])
        for row in rows
        if str(row["conversation_id"]) in places and str(row["user_id"]) in people
    }
    found = await conversations.taking_part(work, pairs.values())
    return [
        Compared(old_id := _participation(row), (old_id,), (old_id,) if pairs.get(old_id) in found else None)
        for row in rows
    ]


def _participation(row: Row) -> str:
    return f"{row['conversation_id']}/{row['user_id']}"


def _messages(table: Table) -> Stage | None:
    if not table:
        return None
    columns = (
        f"{table.id()} AS id",
        f"{table.id('conversation_id', CONVERSATIONS)} AS conversation_id",
        f"{table.id('sender_id', 'users')} AS sender_id",
        f"coalesce({table.text('content')}, '') AS content",
        f"{table.text('message_type')} AS type",
        f"{table.moment('created_at')} AS created_at",
        f"{table.has_odd('created_at')} AS is_odd",
    )

    async def store(work: Work, rows: list[Row]) -> None:
        places = await work.channels(CONVERSATIONS, [row["conversation_id"] for row in rows])
        people = await work.accounts([row["sender_id"] for row in rows])
        found = []
        for row in rows:
            if row["conversation_id"] not in places:
                work.leave(MESSAGES, row["id"], "there is no such conversation")
                continue
            if row["sender_id"] not in people:
                work.change(MESSAGES, row["id"], "without its author, an account that is not there", row["sender_id"])
            if row["is_odd"]:
                work.change(MESSAGES, row["id"], "its time was missing or impossible", row["created_at"])
            found.append(
                OldMessage(
                    MESSAGES,
                    row["id"],
                    places[row["conversation_id"]],
                    people.get(row["sender_id"]),
                    row["content"],
                    row["created_at"],
                    _type(row["type"]),
                )
            )
        await messages.place(work, found)

    keys = ((table.moment("created_at"), "timestamptz"), (table.id(), "uuid"))
    return Stage(MESSAGES, Query(columns, table.name, keys), store, messages.comparing(MESSAGES))


def _type(name: str | None) -> MessageType:
    return name if name in ("image", "file", "system") else "text"  # type: ignore[return-value]


def _read(table: Table, sent: Table) -> Stage | None:
    """Up to where somebody has read: their own last message, or the last of another that was marked as read."""
    if not table or not sent:
        return None
    own_or_read = f"({sent.value('sender_id')} = {table.value('user_id')} OR {sent.value('is_read', 'FALSE')})"
    marks = f"SELECT {_place(table)}, {_last(table, sent, own_or_read)} AS message_id FROM {table.name}"
    return reading.stage(marks, CONVERSATIONS, MESSAGES)


def _reached(table: Table, sent: Table) -> Stage | None:
    """Up to which of the others' messages were delivered and read: with two people, what the one mark of each said."""
    if not table or not sent:
        return None
    other = f"{sent.value('sender_id')} <> {table.value('user_id')}"
    delivered = _last(table, sent, f"{other} AND {sent.value('is_delivered', 'TRUE')}")
    read = _last(table, sent, f"{other} AND {sent.value('is_read', 'FALSE')}")
    marks = f"SELECT {_place(table)}, {delivered} AS delivered_id, {read} AS read_id FROM {table.name}"
    return receipts.stage(marks, CONVERSATIONS, MESSAGES)


def _place(table: Table) -> str:
    return f"{table.id('conversation_id', CONVERSATIONS)} AS channel_id, {table.id('user_id', 'users')} AS user_id"


def _last(table: Table, sent: Table, condition: str) -> str:
    """The id of the last message of a participant's conversation for which something holds."""
    return (
        f"(SELECT {sent.id()} FROM {sent.name} "
        f"WHERE {sent.value('conversation_id')} = {table.value('conversation_id')} AND {condition} "
        f"ORDER BY {sent.moment('created_at')} DESC, {sent.id()} DESC LIMIT 1)"
    )
