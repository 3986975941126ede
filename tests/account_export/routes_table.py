"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import FOR_PEOPLE, Row, account

ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/export": account(200, also=FOR_PEOPLE),
    "GET /api/users/@me/export/status": account(200, also=FOR_PEOPLE),
    "POST /api/users/@me/export": account(202, also=FOR_PEOPLE),
    "DELETE /api/users/@me/export": account(204, also=FOR_PEOPLE),
}
