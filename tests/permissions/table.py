"""The rows of the tables of REST routes: whom a route admits, and from whom it hides; it refuses all others.

Each package has its table in `tests/<package>/routes_table.py`, where a new route needs a row. `to` names who gets the
status, `hidden` who gets 404; disabled and anonymous callers get 401, and all others 403. A bot is answered as the
outsider is. `also` lists the exceptions, by name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import FormData

from tests.permissions.cast import (
    CAST,
    MEMBERS,
    NOBODY,
    OWNER,
    PEOPLE,
    ROBOT,
    STRANGERS,
    VIEWERS,
    Club,
)

Names = tuple[str, ...]
Preparing = Callable[[Club], Awaitable[dict[str, str]]]
TALKERS: Final = ("owner", "member")
NOT_OWNER: Final = tuple(name for name in PEOPLE if name not in OWNER)
FOR_PEOPLE: Final = {ROBOT: 403}
INSIDE: Final = (*STRANGERS, "denied")
"""From whom a channel is hidden."""


@dataclass(frozen=True)
class Row:
    """`prepare` creates something for each try; `is_fresh` needs a server of its own; `where` replaces the channel.

    What `is_last` comes after all others, since it ends what they need.
    """

    status: int
    to: Names
    hidden: Names = STRANGERS
    body: Callable[[Club], Any] | None = None
    form: Callable[[], FormData] | None = None
    query: str = ""
    prepare: Preparing | None = None
    is_fresh: bool = False
    is_last: bool = False
    where: str = "channel_id"
    also: dict[str, int] = field(default_factory=dict)

    def expected(self, name: str) -> int:
        if name in self.also:
            return self.also[name]
        if name in self.to:
            return self.status
        if name == ROBOT:
            return self.expected("outsider")
        if name in NOBODY:
            return 401
        return 404 if name in self.hidden else 403


def given(**body: Any) -> Callable[[Club], Any]:
    return lambda club: body


def public(status: int, **options: Any) -> Row:
    return Row(status, CAST, (), **options)


def account(status: int, **options: Any) -> Row:
    """For every logged-in user."""
    return Row(status, PEOPLE, (), **options)


def members(status: int, to: Names = MEMBERS, **options: Any) -> Row:
    return Row(status, to, STRANGERS, **options)


def inside(status: int, to: Names = VIEWERS, **options: Any) -> Row:
    """For a channel that the denied cannot view."""
    return Row(status, to, INSIDE, **options)


def talkers(status: int, to: Names = TALKERS, **options: Any) -> Row:
    """What the owner and the member share, such as a group that the owner created."""
    return Row(status, to, tuple(name for name in PEOPLE if name not in TALKERS), **options)


CONVERSATION, DIRECT = "/api/conversations/{conversation_id}", "/api/dm-channels/{conversation_id}"
SERVER, CHANNEL = "/api/servers/{server_id}", "/api/channels/{channel_id}"
MESSAGE = CHANNEL + "/messages/{message_id}"
