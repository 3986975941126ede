"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.table import FOR_PEOPLE, Row, account, given, public

ROUTES: Final[dict[str, Row]] = {
    "GET /api/auth/passkeys": account(200, also=FOR_PEOPLE),
    "POST /api/auth/passkeys/options": account(404, body=given(current_password="wrong one"), also=FOR_PEOPLE),
    "POST /api/auth/passkeys": account(401, body=given(name="key", credential={}), also=FOR_PEOPLE),
    "PATCH /api/auth/passkeys/{passkey_id}": account(404, body=given(name="key"), also=FOR_PEOPLE),
    "POST /api/auth/passkeys/{passkey_id}/remove": account(403, body=given(current_password="wrong one")),
    "POST /api/auth/passkey-login/options": public(404),
    "POST /api/auth/passkey-login": public(401, body=given(credential={})),
}
