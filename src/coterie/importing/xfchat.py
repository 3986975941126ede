"""The stages of an import from XFChat: its tables in an order in which each finds what it refers to.

The source's foreign keys are not relied on: rows that refer to nothing are left out, with a note.
"""

from typing import Final

from coterie.importing import accounts, room
from coterie.importing.conversations import CONVERSATIONS, conversations, participants
from coterie.importing.friends import contacts, requests
from coterie.importing.mappings import PERSON, Reference, SourceRow, Stage, one_by_one, stage
from coterie.importing.marks import Readers, read_marks, receipts
from coterie.importing.message_positions import messages_of
from coterie.importing.messages import IS_ODD, ImportedMessage, note_losses
from coterie.importing.source import Source
from coterie.importing.tables import Table
from coterie.importing.usage import usage
from coterie.importing.work import find_channels
from coterie.messages.copying import CopiedMessage
from coterie.messages.models import MessageType

MESSAGES: Final = "chat_messages"
REST: Final = {"_sqlx_migrations": ""}
"""Tables with no place here, and why; the program's own internal tables need no reason."""


async def stages(source: Source) -> list[Stage]:
    """The stages for the tables that exist."""
    table = source.table
    sent, people = await table(MESSAGES), await table(participants.name)
    said, versions = await table(room.MESSAGES), await table(room.HISTORY)
    made = [
        accounts.stage(await table("users")),
        stage(await table(contacts.name), contacts),
        stage(await table(requests.name), requests),
        stage(await table(usage.name), usage),
        conversations(await table(CONVERSATIONS), people, "conversation_id", _is_direct),
        stage(people, participants),
        stage(sent, chat_messages),
        room.messages(said, versions),
        room.history(versions, said),
        *(_marks(people, sent) if people and sent else []),
    ]
    return [each for each in made if each is not None]


def _is_direct(table: Table, _: str) -> str:
    return table.value("is_direct_message")


def _message(row: SourceRow) -> ImportedMessage:
    author = row.here["sender_id"]
    note_losses(row, row["sender_id"], author)
    type: MessageType = row["message_type"] if row["message_type"] in ("image", "file", "system") else "text"
    place, content, created_at = row.here["conversation_id"], row["content"], row["created_at"]
    new = CopiedMessage(row["id"], place, author, content, created_at, type=type)
    return ImportedMessage(row.kind, row["id"], new)


chat_messages: Final = messages_of(
    MESSAGES,
    one_by_one(_message),
    refers={
        "conversation_id": Reference(CONVERSATIONS, find_channels, "the conversation does not exist"),
        "sender_id": PERSON,
    },
    reads={**IS_ODD, "message_type": Table.text},
)


def _marks(people: Table, sent: Table) -> list[Stage]:
    """Read: up to a user's own last message, or the last one of another that was marked as read.

    Receipts: which of others' messages were delivered and read; between two people, as each message's only mark said.
    """
    readers = Readers(people, "conversation_id", CONVERSATIONS, MESSAGES)
    user, sender = people.value("user_id"), sent.value("sender_id")
    is_read, is_delivered = sent.value("is_read", "FALSE"), sent.value("is_delivered", "TRUE")

    def last(condition: str) -> str:
        """The id of the last message in a participant's conversation that meets a condition."""
        return (
            f"(SELECT {sent.id()} FROM {sent.name} "
            f"WHERE {sent.value('conversation_id')} = {people.value('conversation_id')} AND {condition} "
            f"ORDER BY {sent.moment('created_at')} DESC, {sent.id()} DESC LIMIT 1)"
        )

    delivered, read = last(f"{sender} <> {user} AND {is_delivered}"), last(f"{sender} <> {user} AND {is_read}")
    return [read_marks(readers, last(f"({sender} = {user} OR {is_read})")), receipts(readers, delivered, read)]
