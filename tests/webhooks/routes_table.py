"""How the routes of this package answer each of the cast (`tests/permissions/table.py`)."""

from typing import Final

from tests.permissions.cast import ADMINS, Club
from tests.permissions.table import SERVER, Row, given, members


async def only_webhook(club: Club) -> dict[str, str]:
    """A webhook besides which the server has none: it can have fewer than the cast has people."""
    for each in (await club.made("GET", "/api/servers/{server_id}/webhooks"))["webhooks"]:
        await club.made("DELETE", f"/api/servers/{{server_id}}/webhooks/{each['id']}")
    return await club.webhook()


ROUTES: Final[dict[str, Row]] = {
    f"POST {SERVER}/webhooks": members(
        201, ADMINS, body=given(name="hook", url="http://127.0.0.1:1/", event_types=["message.created"]), is_fresh=True
    ),
    f"GET {SERVER}/webhooks": members(200, ADMINS),
    f"GET {SERVER}/webhooks/{{webhook_id}}": members(200, ADMINS),
    f"PATCH {SERVER}/webhooks/{{webhook_id}}": members(200, ADMINS, body=given(name="other")),
    f"DELETE {SERVER}/webhooks/{{webhook_id}}": members(204, ADMINS, prepare=only_webhook, is_fresh=True),
    f"POST {SERVER}/webhooks/{{webhook_id}}/test": members(202, ADMINS),
}
