"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import FOR_PEOPLE, Row, account, given, public

ROUTES: Final[dict[str, Row]] = {
    "GET /api/users/@me/email-notifications": account(200, also=FOR_PEOPLE),
    "PATCH /api/users/@me/email-notifications": account(200, body=given(frequency="daily"), also=FOR_PEOPLE),
    "POST /api/email-notifications/unsubscribe/{token}": public(404),
}
