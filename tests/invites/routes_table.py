"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, Club
from tests.permissions.table import SERVER, Row, account, given, members, public

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/invites": members(200, MODERATORS),
    f"POST {SERVER}/invites": members(201, MODERATORS, body=given()),
    f"DELETE {SERVER}/invites/{{invite_id}}": members(204, MODERATORS, prepare=Club.invite),
    "GET /api/invites/{code}": account(200),
    "GET /api/invites/{code}/page": public(200),
    "POST /api/invites/{code}/accept": members(409, is_fresh=True, also={"outsider": 201, "banned": 403}),
}
