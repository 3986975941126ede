"""The second step of changing: what may its author do where the message is?"""

from collections.abc import Sequence

from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.messages.author import SystemAuthor
from coterie.messages.changing.attempt import ChangeAttempt
from coterie.permissions.authority import Authority
from coterie.permissions.cache import PermissionCache


async def judge(
    connection: Connection, permissions: PermissionCache, attempts: Sequence[ChangeAttempt]
) -> list[ChangeAttempt]:
    """The attempts with what their authors may do; without it if they may not even see the message."""
    places = {
        attempt.number: (attempt.before.channel_id, attempt.request.actor_id)
        for attempt in attempts
        if attempt.candidate is not None and not isinstance(attempt.request.author, SystemAuthor)
    }
    judged = (
        dict(zip(places, await permissions.judge(connection, list(places.values())), strict=True)) if places else {}
    )
    return [replace(attempt, judged=_own(attempt) or judged.get(attempt.number)) for attempt in attempts]


def _own(attempt: ChangeAttempt) -> Authority | None:
    """What Coterie itself may do, if it is the author."""
    author = attempt.request.author
    return author.authority if isinstance(author, SystemAuthor) else None
