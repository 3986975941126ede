"""Messages of channels, with reactions, threads and pins; direct conversations and their messages."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from coterie.database.connection import Row
from coterie.importing.mappings import PERSON, Reference, SourceRow, Stage, one_by_one, stage
from coterie.importing.message_positions import messages_of
from coterie.importing.messages import IS_ODD, ImportedMessage, note_losses
from coterie.importing.tables import Read, Table, flag, id_of, read, since
from coterie.importing.together.servers import CHANNELS
from coterie.importing.work import ImportWork, find_channels
from coterie.messages.copying import CopiedMessage, CopiedReaction
from coterie.messages.reactions import REACTION_BYTES

MESSAGES: Final = "messages"
REACTIONS: Final = ("message_reactions", "reactions")
DM_CHANNELS: Final = "direct_message_channels"
DM_MEMBERS: Final = "direct_message_members"
DM_MESSAGES: Final = "direct_messages"

EMOJIS: Final = "custom_emojis"
CUSTOM: Final = "c:"
"""The prefix of a reaction with a custom emoji; the emoji's id follows."""

NO_CHANNEL: Final = "the channel does not exist"
READS: Final[dict[str, Read]] = {"edited_at": Table.optional_moment, "deleted": flag}


def channel_messages(table: Table, reactions: Sequence[Table]) -> Stage | None:
    """There were two tables of reactions over time."""
    statement = " UNION ALL ".join(
        f"SELECT {each.id('message_id', MESSAGES)} AS message_id, {each.id('user_id', 'users')} AS user_id, "
        f"{each.text('emoji')} AS emoji, {each.moment('created_at')} AS created_at FROM {each.name} "
        f"WHERE {each.id('message_id', MESSAGES)} = ANY($1)"
        for each in reactions
        if each
    )

    async def make(work: ImportWork, rows: list[SourceRow]) -> list[ImportedMessage]:
        reacted = await work.source.read(statement, [each["id"] for each in rows]) if statement else []
        mentioned = [user for each in rows for user in each["mention_user_ids"]]
        people = await work.accounts([*mentioned, *(row["user_id"] for row in reacted)])
        reactions = await _reactions(work, reacted, people)
        return [_channel_message(each, people, reactions.get(each["id"], [])) for each in rows]

    kind = messages_of(
        MESSAGES,
        make,
        refers={
            "channel_id": Reference(CHANNELS, find_channels, NO_CHANNEL),
            "author_id": PERSON,
            "pinned_by": PERSON,
        },
        reads={
            **READS,
            **IS_ODD,
            **read(id_of(MESSAGES), "reply_to", "thread_id"),
            "mention_user_ids": lambda table, column: table.value(column, "ARRAY[]::uuid[]"),
            "mention_everyone": flag,
            "pinned_at": since("pinned"),
        },
    )
    return stage(table, kind)


def _channel_message(row: SourceRow, people: dict[UUID, UUID], reactions: Sequence[CopiedReaction]) -> ImportedMessage:
    """Deleted messages kept their text there; here they lose it, with their reactions, mentions and pins."""
    values = {"reply_to": row["reply_to"], "thread_id": row["thread_id"]}
    if row["deleted"]:
        return ImportedMessage(row.kind, row["id"], _new(row, **values))
    if row["mention_user_ids"]:
        mentioned = (people[user] for user in row["mention_user_ids"] if user in people)
        values["mention_user_ids"] = list(dict.fromkeys(mentioned))
    if row["pinned_at"]:
        values |= {"pinned_at": row["pinned_at"], "pinned_by": row.here["pinned_by"]}
    new = _new(row, mention_everyone=row["mention_everyone"], **values)
    return ImportedMessage(row.kind, row["id"], new, reactions)


def _new(row: SourceRow, **values: Any) -> CopiedMessage:
    """A message with these values and the fields that any message has; a deleted one becomes a tombstone."""
    author_id, content, created_at = row.here["author_id"], row["content"], row["created_at"]
    note_losses(row, row["author_id"], author_id)
    values["edited_at"] = row["edited_at"]
    if row["deleted"]:
        row.change("was deleted: imported without its text")
        content, values["deleted_at"] = "", row["edited_at"] or created_at
    return CopiedMessage(row["id"], row.here["channel_id"], author_id, content, created_at, **values)


async def _reactions(
    work: ImportWork, reacted: list[Row], people: dict[UUID, UUID]
) -> dict[UUID, list[CopiedReaction]]:
    """The reactions of messages, by their old ids."""
    own = [row["emoji"].removeprefix(CUSTOM) for row in reacted if row["emoji"].startswith(CUSTOM)]
    emojis = await work.known(EMOJIS, own)
    found: dict[UUID, list[CopiedReaction]] = {}
    for row in reacted:
        emoji = row["emoji"]
        if emoji.startswith(CUSTOM):
            emoji = f"{CUSTOM}{emojis.get(emoji.removeprefix(CUSTOM), emoji.removeprefix(CUSTOM))}"
        if row["user_id"] not in people or not 1 <= len(emoji.encode()) <= REACTION_BYTES:
            reason = "without a reaction whose account or emoji does not exist"
            work.change(MESSAGES, row["message_id"], reason, f"{row['emoji']} of {row['user_id']}")
        else:
            reaction = CopiedReaction(row["message_id"], people[row["user_id"]], emoji, row["created_at"])
            found.setdefault(row["message_id"], []).append(reaction)
    return found


def _direct_message(row: SourceRow) -> ImportedMessage:
    return ImportedMessage(row.kind, row["id"], _new(row))


direct_messages: Final = messages_of(
    DM_MESSAGES,
    one_by_one(_direct_message),
    refers={"channel_id": Reference(DM_CHANNELS, find_channels, NO_CHANNEL), "author_id": PERSON},
    reads=READS,
)
