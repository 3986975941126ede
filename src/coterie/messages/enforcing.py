"""What follows when automod refuses a write: the caller is told after the rule's action was carried out.

The gate only decides, in a batch with other people's writes; what a rule does to the author is done here, in the
request that was refused, so that nobody else waits for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from coterie.filtering.models import Verdict, Written


class RefusedWrite(Struct, frozen=True):
    """A write that automod refused. `write_key` is its own name: a repeat has the same one."""

    written: Written
    verdict: Verdict
    write_key: str


Enforce: TypeAlias = Callable[[RefusedWrite], Awaitable[None]]


async def only_refuse(refused: RefusedWrite) -> None:
    """For programs that write without a service that acts on members."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What other packages do after a write. `introduced` is called with a user who wrote in a conversation for the
    first time, and `enforce` with a write that automod refused."""

    introduced: Callable[[UUID], None] = lambda user_id: None
    enforce: Enforce = only_refuse


NOTHING: Final = Consequences()
