"""What follows when automod refuses a write: the caller is told after the rule's action was carried out.

The gate only decides, in a batch with other people's writes; what a rule does to the author is done here, in the
request that was refused, so that nobody else waits for it.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

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
