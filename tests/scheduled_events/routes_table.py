"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, SPEAKERS, Club
from tests.permissions.table import CHANNEL, SERVER, Row, given, inside, members

ROUTES: Final[dict[str, Row]] = {
    f"POST {CHANNEL}/events": inside(201, SPEAKERS, body=given(name="Tea", starts_at="2031-01-01T00:00:00Z")),
    f"GET {SERVER}/events": members(200),
    "GET /api/events/{event_id}": inside(200),
    "PATCH /api/events/{event_id}": inside(200, (*MODERATORS, "member"), body=given(name="Coffee")),
    "POST /api/events/{event_id}/cancel": inside(200, (*MODERATORS, "member"), prepare=Club.event),
    "PUT /api/events/{event_id}/answer": inside(200, SPEAKERS, body=given(answer="coming")),
    "DELETE /api/events/{event_id}/answer": inside(200, SPEAKERS),
    "GET /api/events/{event_id}/answers/{answer}": inside(200),
}
