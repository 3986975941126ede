"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, SPEAKERS, Club
from tests.permissions.table import CHANNEL, Row, given, inside

ROUTES: Final[dict[str, Row]] = {
    f"POST {CHANNEL}/polls": inside(201, SPEAKERS, body=given(question="Tea?", options=["yes", "no"])),
    "GET /api/polls/{poll_id}": inside(200),
    "POST /api/polls/{poll_id}/vote": inside(200, SPEAKERS, body=lambda club: {"option_id": club.ids["option_id"]}),
    "DELETE /api/polls/{poll_id}/vote": inside(200, SPEAKERS),
    "POST /api/polls/{poll_id}/close": inside(200, (*MODERATORS, "member"), prepare=Club.poll),
    "GET /api/polls/{poll_id}/options/{option_id}/voters": inside(200),
}
