"""What a group's history says about the group: who joined, left or was removed, and changes of its name and owner.

Each is a system message (`messages/system_messages.py`); its author takes part at that position.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from coterie.conversations.models import Participant
from coterie.messages.author import SystemAuthor
from coterie.messages.models import Details
from coterie.messages.system_messages import SystemMessage

GroupChangeKind: TypeAlias = Literal[
    "participant_add",
    "participant_leave",
    "participant_remove",
    "name_change",
    "owner_change",
    "owner_succession",
]

SENTENCES: Final[dict[GroupChangeKind, str]] = {
    "participant_add": "{actor} added {other}.",
    "participant_leave": "{actor} left.",
    "participant_remove": "{actor} removed {other}.",
    "name_change": "{actor} named the group “{name}”.",
    "owner_change": "{actor} made {other} the owner of the group.",
    "owner_succession": "{actor} is now the owner of the group.",
}
NAMELESS: Final = "{actor} removed the group's name."


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What the actor did to a group, with the user concerned or the new name (None if it has none).

    If the owner has left, the actor is the new owner.
    """

    kind: GroupChangeKind
    actor: Participant
    other: Participant | None = None
    name: str | None = None

    @property
    def message(self) -> SystemMessage:
        return SystemMessage(SystemAuthor(self.actor.user_id), self._sentence, self._details)

    @property
    def _details(self) -> Details:
        details: Details = {"kind": self.kind}
        if self.other is not None:
            details["user_id"] = str(self.other.user_id)
        if self.kind == "name_change":
            details["name"] = self.name
        return details

    @property
    def _sentence(self) -> str:
        is_nameless = self.kind == "name_change" and self.name is None
        sentence = NAMELESS if is_nameless else SENTENCES[self.kind]
        return sentence.format(actor=_name(self.actor), other=self.other and _name(self.other), name=self.name)


def _name(person: Participant) -> str:
    return person.display_name or person.username
