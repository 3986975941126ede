"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import FOR_PEOPLE, Row, account, given

ROUTES: Final[dict[str, Row]] = {
    "GET /api/auth/second-factor": account(200, also=FOR_PEOPLE),
    "POST /api/auth/second-factor": account(403, body=given(current_password="wrong one")),
    "POST /api/auth/second-factor/confirm": account(404, body=given(code="000000"), also=FOR_PEOPLE),
    "POST /api/auth/second-factor/recovery-codes": account(403, body=given(current_password="wrong one")),
    "POST /api/auth/second-factor/remove": account(403, body=given(current_password="wrong one")),
}
