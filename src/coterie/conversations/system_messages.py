"""System messages: a group's history shows who joined, left or was removed, and changes of its name and owner.

Each is a message of type `system`, stored in the transaction of the change; its author takes part at that position. It
mentions nobody, is never unread, and cannot be edited, deleted, replied to or reacted to. `content` says it in English,
`type_details` in machine-readable form.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from coterie.conversations.models import Participant
from coterie.database.connection import Connection
from coterie.identifiers import new_id
from coterie.log.append import advance
from coterie.messages.changes import event_of
from coterie.messages.models import Details
from coterie.messages.queries import COLUMNS, placed

Kind: TypeAlias = Literal[
    "participant_add",
    "participant_leave",
    "participant_remove",
    "name_change",
    "owner_change",
    "owner_succession",
]

SENTENCES: Final[dict[Kind, str]] = {
    "participant_add": "{actor} added {other}.",
    "participant_leave": "{actor} left.",
    "participant_remove": "{actor} removed {other}.",
    "name_change": "{actor} named the group “{name}”.",
    "owner_change": "{actor} made {other} the owner of the group.",
    "owner_succession": "{actor} is now the owner of the group.",
}
NAMELESS: Final = "{actor} removed the group's name."


@dataclass(frozen=True, slots=True)
class SystemMessage:
    """What the actor did to a group, with the user concerned or the new name (None if it has none).

    If the owner has left, the actor is the new owner.
    """

    kind: Kind
    actor: Participant
    other: Participant | None = None
    name: str | None = None

    @property
    def details(self) -> Details:
        details: Details = {"kind": self.kind}
        if self.other is not None:
            details["user_id"] = str(self.other.user_id)
        if self.kind == "name_change":
            details["name"] = self.name
        return details

    @property
    def sentence(self) -> str:
        is_nameless = self.kind == "name_change" and self.name is None
        sentence = NAMELESS if is_nameless else SENTENCES[self.kind]
        return sentence.format(actor=_name(self.actor), other=self.other and _name(self.other), name=self.name)


async def add(connection: Connection, conversation_id: UUID, *messages: SystemMessage) -> None:
    """Add system messages to a conversation; the caller has locked its topic."""
    if not messages:
        return
    rows = await connection.fetch(
        f"""
        INSERT INTO messages (id, channel_id, author_id, seq, version, content, type, type_details, created_at)
        SELECT given.id, topic.id, author_id, position + number, position + number, content, 'system', details::json, $6
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[])
            WITH ORDINALITY AS given (id, author_id, content, details, number)
        CROSS JOIN LATERAL (SELECT id, position FROM topics WHERE topics.id = $1 LIMIT 1) AS topic
        RETURNING {COLUMNS}
        """,
        conversation_id,
        [new_id() for _ in messages],
        [each.actor.user_id for each in messages],
        [each.sentence for each in messages],
        [msgspec.json.encode(each.details).decode() for each in messages],
        datetime.now(UTC),
    )
    added = sorted((placed(row) for row in rows), key=lambda message: message.seq)
    await advance(connection, [event_of(message, "DM_MESSAGE_CREATE") for message in added])


def _name(person: Participant) -> str:
    return person.display_name or person.username
