"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import FOR_PEOPLE, Row, account, given, public

ROUTES: Final[dict[str, Row]] = {
    "POST /api/auth/change-email": account(403, body=given(current_password="wrong one", email=None)),
    "GET /api/auth/email": account(200, also=FOR_PEOPLE),
    "POST /api/auth/email/verification": account(404, also=FOR_PEOPLE),
    "POST /api/auth/verify-email": public(401, body=given(token="none")),
    "POST /api/auth/revert-email": public(401, body=given(token="none")),
    "GET /api/users/@me": account(200),
    "PATCH /api/users/@me": account(200, body=given(bio="me")),
    "GET /api/users/{user_id}": account(200),
}
