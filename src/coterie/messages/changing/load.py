"""The first step of changing: the messages under the locks of their channels, and what each operation has to know."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from coterie.database.connection import Connection
from coterie.log import versions
from coterie.messages import polls, queries, scheduled
from coterie.messages.changing.attempt import ChangeAttempt
from coterie.messages.changing.request import ChangeRequest
from coterie.messages.operations import Counted


async def load(connection: Connection, requests: Sequence[ChangeRequest]) -> list[ChangeAttempt]:
    """The requests with their messages; those whose message does not exist have no candidate."""
    asked = [(request.message_id, request.actor_id, request.counted) for request in requests]
    found = await queries.candidates(connection, asked)
    attempts = [ChangeAttempt(number, request, found.get(number)) for number, request in enumerate(requests)]
    ballots = await polls.ballots(connection, _asking(attempts, "ballot"))
    events = await scheduled.events_of(connection, _asking(attempts, "event"))
    used = await _used(connection, attempts)
    return [
        replace(
            attempt,
            candidate=replace(candidate, ballot=ballots.get(attempt.number), event=events.get(attempt.number)),
            used=used.get(attempt.number, b""),
        )
        if (candidate := attempt.candidate) is not None
        else attempt
        for attempt in attempts
    ]


def _asking(attempts: Sequence[ChangeAttempt], counted: Counted) -> dict[int, tuple[UUID, UUID]]:
    """Message and actor of those that ask for this, by number."""
    return {
        attempt.number: (attempt.request.message_id, attempt.request.actor_id)
        for attempt in attempts
        if attempt.candidate is not None and attempt.request.counted == counted
    }


async def _used(connection: Connection, attempts: Sequence[ChangeAttempt]) -> dict[int, bytes | None]:
    """The digest with which a client version was used before, by number; None: none is kept."""
    named = {
        attempt.number: (attempt.candidate.message.channel_id, attempt.request.client_version)
        for attempt in attempts
        if attempt.candidate is not None and attempt.request.client_version is not None
    }
    used = await versions.used(connection, list(named.values())) if named else {}
    return {number: used[name] for number, name in named.items() if name in used}
