"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, SPEAKERS, Club
from tests.permissions.table import CHANNEL, MESSAGE, SERVER, Row, account, given, inside, members


async def pinned(club: Club) -> dict[str, str]:
    """The message is pinned."""
    await club.made("POST", f"{MESSAGE}/pin")
    return {}


ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/unread": account(200),
    f"POST {SERVER}/ack": members(204, body=given()),
    f"GET {CHANNEL}/messages": inside(200),
    f"POST {CHANNEL}/messages": inside(201, SPEAKERS, body=given(content="hello")),
    f"GET {MESSAGE}": inside(200),
    f"GET {MESSAGE}/thread": inside(200),
    f"POST {MESSAGE}/thread": inside(201, SPEAKERS, body=given(content="hello")),
    f"GET {CHANNEL}/threads": inside(200),
    f"GET {MESSAGE}/edits": inside(200, (*MODERATORS, "member")),
    f"GET {MESSAGE}/reactions": inside(200),
    f"GET {MESSAGE}/reactions/{{emoji}}/users": inside(200),
    f"PUT {MESSAGE}/reactions/{{emoji}}": inside(204, SPEAKERS),
    f"DELETE {MESSAGE}/reactions/{{emoji}}": inside(204, SPEAKERS, also={"timed_out": 404}),
    f"POST {MESSAGE}/pin": inside(204, MODERATORS),
    f"DELETE {MESSAGE}/pin": inside(204, MODERATORS, prepare=pinned),
    f"GET {CHANNEL}/pinned-messages": inside(200),
    f"POST {CHANNEL}/ack": inside(204, body=given()),
    "PATCH /api/messages/{message_id}": inside(200, ("member",), body=given(content="other words")),
    "PATCH /api/messages/{message_id}/read": inside(200),
    "DELETE /api/messages/{message_id}": inside(204, (*MODERATORS, "member"), prepare=Club.message),
}
