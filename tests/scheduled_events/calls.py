"""What the tests of scheduled events do again and again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.people import Person


def later(**given: float) -> str:
    """A moment from now, as clients send it."""
    return (datetime.now(UTC) + timedelta(**given)).isoformat()


async def announce(person: Person, channel: str, **fields: Any) -> dict[str, Any]:
    """Create an event that must be accepted; returns its message."""
    body = {"name": "Game night", "starts_at": later(days=1), **fields}
    made: dict[str, Any] = await person.expect(201, "POST", f"/api/channels/{channel}/events", body)
    return made


async def answer(person: Person, message: dict[str, Any], given: str | None) -> dict[str, Any]:
    """Answer an event, or take the answer back; returns the event."""
    path = f"/api/events/{message['id']}/answer"
    if given is None:
        event: dict[str, Any] = await person.expect(200, "DELETE", path)
    else:
        event = await person.expect(200, "PUT", path, {"answer": given})
    return event


def counts(event: dict[str, Any]) -> tuple[int, int, int]:
    return event["interested"], event["coming"], event["declined"]


async def upcoming(person: Person, server: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await person.expect(200, "GET", f"/api/servers/{server}/events")
    return found
