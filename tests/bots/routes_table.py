"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import OWNER, ROBOT, Club
from tests.permissions.table import FOR_PEOPLE, NOT_OWNER, Row, account, given

ROUTES: Final[dict[str, Row]] = {
    "POST /api/bots": account(201, body=given(name="robot"), also=FOR_PEOPLE),
    "GET /api/bots": account(200, also=FOR_PEOPLE),
    "POST /api/bots/connect": Row(200, (ROBOT,), ()),
    "GET /api/bots/{bot_id}": Row(200, OWNER, NOT_OWNER),
    "PATCH /api/bots/{bot_id}": Row(200, OWNER, NOT_OWNER, body=given(name="other")),
    "DELETE /api/bots/{bot_id}": Row(204, OWNER, NOT_OWNER, prepare=Club.bot),
    "GET /api/bots/{bot_id}/logs": Row(200, OWNER, NOT_OWNER),
    "POST /api/bots/{bot_id}/token/regenerate": Row(200, OWNER, NOT_OWNER),
}
