"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, Club
from tests.permissions.table import SERVER, Row, account, given, inside, members

ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/reports": account(200),
    "GET /api/admin/reports": account(403),
    "GET /api/admin/reports/{report_id}": account(403),
    "PATCH /api/admin/reports/{report_id}": account(403, body=given(state="resolved")),
    f"POST {SERVER}/report": account(201, body=given(category="other"), also={"owner": 400}),
    f"GET {SERVER}/reports": members(200, MODERATORS),
    f"GET {SERVER}/reports/{{report_id}}": members(200, MODERATORS),
    f"PATCH {SERVER}/reports/{{report_id}}": members(200, MODERATORS, body=given(note="seen")),
    "POST /api/users/{user_id}/report": members(
        201, body=lambda club: {"category": "spam", "server_id": club.ids["server_id"]}, prepare=Club.rejoined
    ),
    "POST /api/messages/{message_id}/report": inside(201, body=given(category="spam"), also={"member": 400}),
}
