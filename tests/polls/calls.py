"""What the tests of polls do again and again."""

from typing import Any

from tests.people import Person


async def ask(person: Person, channel: str, *options: str, **fields: Any) -> dict[str, Any]:
    """Create a poll that must be accepted; returns its message."""
    body = {"question": "Where shall we meet?", "options": options or ("Park", "Café", "Pool"), **fields}
    made: dict[str, Any] = await person.expect(201, "POST", f"/api/channels/{channel}/polls", body)
    return made


async def vote(person: Person, message: dict[str, Any], *numbers: int) -> dict[str, Any]:
    """Vote for the options of these places; returns the poll."""
    ids = [message["poll"]["options"][number]["id"] for number in numbers]
    body = {"option_id": ids[0]} if len(ids) == 1 else {"option_ids": ids}
    poll: dict[str, Any] = await person.expect(200, "POST", f"/api/polls/{message['id']}/vote", body)
    return poll


def votes(poll: dict[str, Any]) -> list[int]:
    return [option["votes"] for option in poll["options"]]
