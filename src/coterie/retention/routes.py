"""The route of retention."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromPath, QueryParameter

from coterie.http.injection import COSTLY, CurrentViewer, Injected, counted
from coterie.http.rate_limits import SEARCH
from coterie.permissions.context import ActionContext
from coterie.retention import actions
from coterie.retention.models import RetentionPreview

Days = Annotated[int, QueryParameter(ge=1, le=3650, description="The days to try.")]
KeepsPins = Annotated[bool, QueryParameter(description="Whether pinned messages would stay.")]


@get("/servers/{server_id:str}/retention-preview", opt=counted(SEARCH) | COSTLY)
async def preview(
    context: Injected[ActionContext],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    *,
    days: Days,
    keeps_pins: KeepsPins = True,
) -> RetentionPreview:
    """What would go now if the server had these settings, which are not saved (MANAGE_SERVER).

    Counts up to 100,000 messages. Channels with days of their own, or on hold, count by what is set for them.
    """
    return await actions.preview(context, server_id, viewer.user_id, days, keeps_pins=keeps_pins)


ROUTES = [preview]
