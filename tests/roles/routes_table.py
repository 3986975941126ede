"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import MODERATORS, Club
from tests.permissions.table import CHANNEL, SERVER, Row, given, inside, members

ROUTES: Final[dict[str, Row]] = {
    f"GET {SERVER}/roles": members(200),
    f"POST {SERVER}/roles": members(201, MODERATORS, body=given(name="new")),
    f"PATCH {SERVER}/roles/{{role_id}}": members(200, MODERATORS, body=given(name="other")),
    f"DELETE {SERVER}/roles/{{role_id}}": members(204, MODERATORS, prepare=Club.role),
    f"PUT {SERVER}/members/{{user_id}}/roles/{{role_id}}": members(204, MODERATORS),
    f"DELETE {SERVER}/members/{{user_id}}/roles/{{role_id}}": members(204, MODERATORS),
    f"GET {CHANNEL}/overrides": inside(200),
    f"PUT {CHANNEL}/overrides": inside(
        200, MODERATORS, body=lambda club: {"user_id": club.cast.victim.id, "allow": 0, "deny": 16}
    ),
    f"DELETE {CHANNEL}/overrides/{{override_id}}": inside(204, MODERATORS, prepare=Club.override),
    f"GET {CHANNEL}/permissions": inside(200),
}
