"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, Club
from tests.permissions.table import SERVER, Row, given, members

ROUTES: Final[dict[str, Row]] = {
    f"POST {SERVER}/members/{{user_id}}/kick": members(204, MODERATORS, prepare=Club.rejoined),
    f"POST {SERVER}/members/{{user_id}}/ban": members(204, MODERATORS, prepare=Club.rejoined),
    f"DELETE {SERVER}/bans/{{user_id}}": members(204, MODERATORS),
    f"GET {SERVER}/bans": members(200, MODERATORS),
    f"POST {SERVER}/bans/{{user_id}}/restore-messages": members(200, MODERATORS, prepare=Club.cleared),
    f"POST {SERVER}/members/{{user_id}}/timeout": members(
        200, MODERATORS, body=given(duration_minutes=1), prepare=Club.rejoined
    ),
    f"DELETE {SERVER}/members/{{user_id}}/timeout": members(204, MODERATORS),
}
