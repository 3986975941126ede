"""The names of a text's states.

An edit's id is `agent-seq`. The agent counts the code points that all its edits delete and insert, and `seq` is the
number of the last of them, from 0; so the id represents a run of numbers, each of which names a state too. The text at
a position is named by its frontier: the ids of the edits that no later one knew. If there would be more than
FRONTIER_LIMIT, and for the text before the first edit, Coterie uses a name of its own.
"""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coterie.log.versions import own_name

AGENT_LIMIT: Final = 49
"""Maximum characters in the name of an agent."""

FRONTIER_LIMIT: Final = 16
"""Maximum ids that name a state; beyond it, Coterie's own name is used."""

SEQ_LIMIT: Final = 2**53 - 1

ID: Final = re.compile(rf"(?P<agent>[ -~]{{1,{AGENT_LIMIT}}})-(?P<seq>-1|0|[1-9]\d{{0,15}})", re.ASCII)
OWN: Final = re.compile(r"(?P<position>\d{1,18})@(?P<tag>[0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class EditId:
    """`agent-seq`."""

    agent: str
    seq: int

    def __str__(self) -> str:
        return f"{self.agent}-{self.seq}"


def read(name: str) -> EditId | None:
    """Parse an id; None if the name is not one."""
    found = ID.fullmatch(name)
    if found is None or int(found["seq"]) > SEQ_LIMIT:
        return None
    return EditId(found["agent"], int(found["seq"]))


def own_position(document: UUID, name: str) -> int | None:
    """The position in one of Coterie's own names; None if it is no such name of this document."""
    found = OWN.fullmatch(name)
    if found is None or found["tag"] != document.hex[-12:]:
        return None
    return int(found["position"])


def beginning(document: UUID) -> list[str]:
    """The name of the empty text before the first edit."""
    return [own_name(document, 0)]


def frontier_of(document: UUID, position: int, heads: set[str]) -> list[str]:
    """The name of the text at a position; `heads` are the edits that no later one knew."""
    return sorted(heads) if len(heads) <= FRONTIER_LIMIT else [own_name(document, position)]
