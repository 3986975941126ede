"""What was said in channels and to single people, with reactions, threads and pins; and how far people had read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.database.connection import Row
from coterie.importing import conversations, messages, reading, receipts
from coterie.importing.conversations import OldConversation, OldParticipant
from coterie.importing.engine import Compared, Stage
from coterie.importing.messages import OldMessage, Reaction
from coterie.importing.source import Query, Source, Table
from coterie.importing.together.structure import CHANNELS
from coterie.importing.work import Work

MESSAGES: Final = "messages"
REACTIONS: Final = ("message_reactions", "reactions")
DM_CHANNELS: Final = "direct_message_channels"
DM_MEMBERS: Final = "direct_message_members"
DM_MESSAGES: Final = "direct_messages"
READ: Final = "channel_read_states"
EMOJIS: Final = "custom_emojis"
EMOJI_BYTES: Final = 64
CUSTOM: Final = "c:"
"""What a reaction with a server's own emoji begins with; its id follows."""


async def channel_messages(source: Source, table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    pinned = table.value("pinned", "FALSE")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('channel_id', CHANNELS)} AS channel_id",
        f"{table.id('author_id', 'users')} AS author_id",
        f"coalesce({table.text('content')}, '') AS content",
        f"{table.id('reply_to', MESSAGES)} AS reply_to",
        f"{table.id('thread_id', MESSAGES)} AS thread_id",
        f"{table.value('mention_user_ids', 'ARRAY[]::uuid[]')} AS mention_user_ids",
        f"{table.value('mention_everyone', 'FALSE')} AS mention_everyone",
        f"{table.optional_moment('edited_at')} AS edited_at",
        f"{table.value('deleted', 'FALSE')} AS deleted",
        f"CASE WHEN {pinned} THEN coalesce({table.optional_moment('pinned_at')}, {created}) END AS pinned_at",
        f"{table.id('pinned_by', 'users')} AS pinned_by",
        f"{created} AS created_at",
        f"{table.has_odd('created_at')} AS is_odd",
    )
    reactions = await _reactions_of(source)

    async def store(work: Work, rows: list[Row]) -> None:
        hung = await work.source.read(reactions, [row["id"] for row in rows]) if reactions else []
        await messages.place(work, await _said(work, rows, hung))

    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(MESSAGES, query, store, _compare)


async def _reactions_of(source: Source) -> str:
    """The statement for the reactions of messages; there were two tables of them in the course of time."""
    tables = [found for name in REACTIONS if (found := await source.table(name))]
    return " UNION ALL ".join(
        f"SELECT {table.id('message_id', MESSAGES)} AS message_id, {table.id('user_id', 'users')} AS user_id, "
        f"{table.text('emoji')} AS emoji, {table.moment('created_at')} AS created_at FROM {table.name} "
        f"WHERE {table.id('message_id', MESSAGES)} = ANY($1)"
        for table in tables
    )


async def _said(work: Work, rows: list[Row], hung: list[Row]) -> list[OldMessage]:
    places = await _text_channels(work, [row["channel_id"] for row in rows])
    people = await work.accounts(
        [
            *(row["author_id"] for row in rows),
            *(row["pinned_by"] for row in rows),
            *(user for row in rows for user in row["mention_user_ids"]),
            *(reaction["user_id"] for reaction in hung),
        ]
    )
    reactions = await _reactions(work, hung, people)
    return [
        _message(work, row, places[row["channel_id"]], people, reactions.get(row["id"], []))
        for row in rows
        if _has_place(work, MESSAGES, row, places)
    ]


async def _text_channels(work: Work, old_ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
    places = await work.channels(CHANNELS, old_ids)
    found = await work.connection.fetch(
        "SELECT id FROM channels WHERE id = ANY($1) AND type = 'text'", list(places.values())
    )
    there = {row["id"] for row in found}
    return {old: id for old, id in places.items() if id in there}


def _has_place(work: Work, kind: str, row: Row, places: dict[UUID, UUID]) -> bool:
    if row["channel_id"] in places:
        return True
    work.leave(kind, row["id"], "there is no such text channel")
    return False


def _message(work: Work, row: Row, channel_id: UUID, people: dict[UUID, UUID], reactions: list[Reaction]) -> OldMessage:
    _note_author(work, MESSAGES, row, people)
    if row["is_odd"]:
        work.change(MESSAGES, row["id"], "its time was missing or impossible", row["created_at"])
    if row["deleted"]:
        return _tombstone(work, row, channel_id, people)
    return OldMessage(
        kind=MESSAGES,
        old_id=row["id"],
        channel_id=channel_id,
        author_id=people.get(row["author_id"]),
        content=row["content"],
        created_at=row["created_at"],
        reply_to=row["reply_to"],
        thread_id=row["thread_id"],
        mention_user_ids=tuple(dict.fromkeys(people[user] for user in row["mention_user_ids"] if user in people)),
        mention_everyone=row["mention_everyone"],
        edited_at=row["edited_at"],
        pinned_at=row["pinned_at"],
        pinned_by=people.get(row["pinned_by"]) if row["pinned_at"] else None,
        reactions=tuple(reactions),
    )


def _tombstone(work: Work, row: Row, channel_id: UUID, people: dict[UUID, UUID]) -> OldMessage:
    """Where a message was deleted; what it said was still kept there, and is not here."""
    work.change(MESSAGES, row["id"], "was deleted: comes without what it said")
    return OldMessage(
        kind=MESSAGES,
        old_id=row["id"],
        channel_id=channel_id,
        author_id=people.get(row["author_id"]),
        content="",
        created_at=row["created_at"],
        reply_to=row["reply_to"],
        thread_id=row["thread_id"],
        edited_at=row["edited_at"],
        deleted_at=row["edited_at"] or row["created_at"],
    )


def _note_author(work: Work, kind: str, row: Row, people: dict[UUID, UUID]) -> None:
    if row["author_id"] is not None and row["author_id"] not in people:
        work.change(kind, row["id"], "without its author, an account that is not there", row["author_id"])


async def _reactions(work: Work, hung: list[Row], people: dict[UUID, UUID]) -> dict[UUID, list[Reaction]]:
    own = [row["emoji"].removeprefix(CUSTOM) for row in hung if row["emoji"].startswith(CUSTOM)]
    emojis = await work.known(EMOJIS, own)
    found: dict[UUID, list[Reaction]] = {}
    for row in hung:
        emoji = row["emoji"]
        if emoji.startswith(CUSTOM):
            emoji = f"{CUSTOM}{emojis.get(emoji.removeprefix(CUSTOM), emoji.removeprefix(CUSTOM))}"
        if row["user_id"] not in people or not 1 <= len(emoji.encode()) <= EMOJI_BYTES:
            reason = "without a reaction, whose account or emoji is not there"
            work.change(MESSAGES, row["message_id"], reason, f"{row['emoji']} of {row['user_id']}")
        else:
            reaction = Reaction(people[row["user_id"]], emoji, row["created_at"])
            found.setdefault(row["message_id"], []).append(reaction)
    return found


async def _compare(work: Work, rows: list[Row]) -> list[Compared]:
    return await messages.compare(work, MESSAGES, [(row["id"], row["content"]) for row in rows])


def dm_channels(table: Table, members: Table) -> Stage | None:
    if not table or not members:
        return None
    created = table.moment("created_at")
    people = (
        f"ARRAY(SELECT {members.id('user_id', 'users')} FROM {members.name} "
        f"WHERE {members.value('channel_id')} = {table.value('id')})"
    )
    columns = (f"{table.id()} AS id", f"{created} AS created_at", f"{people} AS people")

    async def store(work: Work, rows: list[Row]) -> None:
        known = await work.accounts([user for row in rows for user in row["people"]])
        await conversations.bring(work, [_direct(row, known) for row in rows])

    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(DM_CHANNELS, query, store, conversations.comparing(DM_CHANNELS))


def _direct(row: Row, known: dict[UUID, UUID]) -> OldConversation:
    created: datetime = row["created_at"]
    people = [OldParticipant(known[user], created) for user in row["people"] if user in known]
    return OldConversation(DM_CHANNELS, row["id"], True, None, None, None, created, people)


def direct_messages(table: Table) -> Stage | None:
    if not table:
        return None
    created = table.moment("created_at")
    columns = (
        f"{table.id()} AS id",
        f"{table.id('channel_id', DM_CHANNELS)} AS channel_id",
        f"{table.id('author_id', 'users')} AS author_id",
        f"coalesce({table.text('content')}, '') AS content",
        f"{table.optional_moment('edited_at')} AS edited_at",
        f"{table.value('deleted', 'FALSE')} AS deleted",
        f"{created} AS created_at",
    )

    async def store(work: Work, rows: list[Row]) -> None:
        places = await work.channels(DM_CHANNELS, [row["channel_id"] for row in rows])
        people = await work.accounts([row["author_id"] for row in rows])
        await messages.place(
            work,
            [
                _direct_message(work, row, places[row["channel_id"]], people)
                for row in rows
                if _has_place(work, DM_MESSAGES, row, places)
            ],
        )

    query = Query(columns, table.name, ((created, "timestamptz"), (table.id(), "uuid")))
    return Stage(DM_MESSAGES, query, store, messages.comparing(DM_MESSAGES))


def _direct_message(work: Work, row: Row, channel_id: UUID, people: dict[UUID, UUID]) -> OldMessage:
    _note_author(work, DM_MESSAGES, row, people)
    if row["deleted"]:
        work.change(DM_MESSAGES, row["id"], "was deleted: comes without what it said")
    return OldMessage(
        kind=DM_MESSAGES,
        old_id=row["id"],
        channel_id=channel_id,
        author_id=people.get(row["author_id"]),
        content="" if row["deleted"] else row["content"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
        deleted_at=(row["edited_at"] or row["created_at"]) if row["deleted"] else None,
    )


def read_states(table: Table, said: Table, direct: Table, dm_table: Table) -> list[Stage | None]:
    """How far channels were read, and how far direct conversations, which were kept in the same table."""
    if not table:
        return []
    is_direct = f"EXISTS (SELECT FROM {dm_table.name} WHERE {dm_table.value('id')} = {table.value('channel_id')})"
    if not dm_table:
        is_direct = "FALSE"
    return [
        _read(table, said, f"NOT {is_direct}", CHANNELS) if said else None,
        _read(table, direct, is_direct, DM_CHANNELS) if direct and dm_table else None,
        _reached(table, direct, is_direct) if direct and dm_table else None,
    ]


def _read(table: Table, said: Table, condition: str, places: str) -> Stage:
    name = READ if places == CHANNELS else f"{READ}, direct"
    user, channel = table.id("user_id", "users"), table.id("channel_id", places)
    last = _last(table, said)
    marks = (
        f"SELECT {channel} AS channel_id, {user} AS user_id, {last} AS message_id FROM {table.name} WHERE {condition}"
    )
    return reading.stage(marks, places, said.name, name)


def _reached(table: Table, direct: Table, condition: str) -> Stage:
    """What was read of the other's messages had reached them; of more nothing is known."""
    user, channel = table.id("user_id", "users"), table.id("channel_id", DM_CHANNELS)
    last = _last(table, direct, f"AND {direct.value('author_id')} <> {table.value('user_id')} ")
    marks = (
        f"SELECT {channel} AS channel_id, {user} AS user_id, {last} AS delivered_id, {last} AS read_id "
        f"FROM {table.name} WHERE {condition}"
    )
    return receipts.stage(marks, DM_CHANNELS, direct.name)


def _last(table: Table, said: Table, condition: str = "") -> str:
    """The last message of a channel, of those that stand, up to the moment when it was read."""
    standing = f"AND {said.value('deleted')} = FALSE " if "deleted" in said.columns else ""
    return (
        f"(SELECT {said.id()} FROM {said.name} WHERE {said.value('channel_id')} = {table.value('channel_id')} "
        f"{standing}{condition}AND {said.moment('created_at')} <= {table.moment('last_read_at')} "
        f"ORDER BY {said.value('created_at')} DESC, {said.value('id')} DESC LIMIT 1)"
    )
