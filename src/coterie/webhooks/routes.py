"""The routes of webhooks. All are for members with ADMINISTRATOR."""

from uuid import UUID

from litestar import MediaType, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED

from coterie.http.injection import CurrentViewer, Injected, counted
from coterie.webhooks import actions
from coterie.webhooks.actions import Webhooks
from coterie.webhooks.limits import WEBHOOKS
from coterie.webhooks.models import NewWebhook, Webhook, WebhookChange, WebhookCreation, WebhookList


@post("/servers/{server_id:str}/webhooks", opt=counted(WEBHOOKS))
async def create(
    webhooks: Injected[Webhooks], viewer: CurrentViewer, server_id: FromPath[UUID], data: JSONBody[WebhookCreation]
) -> NewWebhook:
    """Have a server's events sent to an address. No later answer contains the secret."""
    return await actions.create(webhooks, server_id, viewer.user_id, data)


@get("/servers/{server_id:str}/webhooks")
async def listing(webhooks: Injected[Webhooks], viewer: CurrentViewer, server_id: FromPath[UUID]) -> WebhookList:
    """The webhooks of a server, oldest first; at most ten."""
    return WebhookList(await actions.listing(webhooks, server_id, viewer.user_id))


@get("/servers/{server_id:str}/webhooks/{webhook_id:str}")
async def single(
    webhooks: Injected[Webhooks], viewer: CurrentViewer, server_id: FromPath[UUID], webhook_id: FromPath[UUID]
) -> Webhook:
    """A webhook of a server."""
    return await actions.get(webhooks, server_id, webhook_id, viewer.user_id)


@patch("/servers/{server_id:str}/webhooks/{webhook_id:str}")
async def change(
    webhooks: Injected[Webhooks],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    webhook_id: FromPath[UUID],
    data: JSONBody[WebhookChange],
) -> Webhook:
    """Change a webhook. Enabling sends what happens from then on."""
    return await actions.change(webhooks, server_id, webhook_id, viewer.user_id, data)


@delete("/servers/{server_id:str}/webhooks/{webhook_id:str}")
async def remove(
    webhooks: Injected[Webhooks], viewer: CurrentViewer, server_id: FromPath[UUID], webhook_id: FromPath[UUID]
) -> None:
    """Delete a webhook; what was not delivered yet is not sent."""
    await actions.delete(webhooks, server_id, webhook_id, viewer.user_id)


@post(
    "/servers/{server_id:str}/webhooks/{webhook_id:str}/test",
    status_code=HTTP_202_ACCEPTED,
    media_type=MediaType.TEXT,
    opt=counted(WEBHOOKS),
)
async def test(
    webhooks: Injected[Webhooks], viewer: CurrentViewer, server_id: FromPath[UUID], webhook_id: FromPath[UUID]
) -> Response[None]:
    """Have the event `ping` sent to a webhook, enabled or not. WEBHOOK_UPDATE tells how it went."""
    await actions.test(webhooks, server_id, webhook_id, viewer.user_id)
    return Response(None, status_code=HTTP_202_ACCEPTED, media_type=MediaType.TEXT)


ROUTES = [create, listing, single, change, remove, test]
