"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import FOR_PEOPLE, Row, account, given

ROUTES: Final[dict[str, Row]] = {
    "POST /api/users/@me/deletion": account(403, body=given(current_password="wrong one")),
    "DELETE /api/users/@me/deletion": account(204, also=FOR_PEOPLE),
}
