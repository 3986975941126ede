"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, SPEAKERS, Club
from tests.permissions.table import CHANNEL, Row, given, inside

ROUTES: Final[dict[str, Row]] = {
    f"POST {CHANNEL}/documents": inside(201, SPEAKERS, body=given(title="Notes")),
    f"GET {CHANNEL}/documents": inside(200),
    "GET /api/documents/{document_id}": inside(200),
    "PATCH /api/documents/{document_id}": inside(200, (*MODERATORS, "member"), body=given(title="Rules")),
    "DELETE /api/documents/{document_id}": inside(204, (*MODERATORS, "member"), prepare=Club.document),
    "GET /api/documents/{document_id}/history": inside(200),
    "GET /api/documents/{document_id}/text": inside(404, query="?version=none-0"),
    "POST /api/documents/{document_id}/revert": inside(
        200, (*MODERATORS, "member"), body=lambda club: {"version": club.ids["beginning"]}
    ),
    "GET /api/documents/{document_id}/authors": inside(200),
}
