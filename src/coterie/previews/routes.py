"""The routes of link previews."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import QueryParameter

from coterie import errors
from coterie.errors import CoterieError
from coterie.guards import COOKIE, Asking, Here
from coterie.previews.actions import Previews
from coterie.previews.models import LinkPreview
from coterie.services import Services

KEPT: Final = {"Cache-Control": "private, max-age=86400"}
PICTURE: Final = {
    **KEPT,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Disposition": "inline",
}

Url = Annotated[str, QueryParameter(description="The address of the page that a link leads to.")]


@get("/link-preview")
async def preview(services: Here, viewer: Asking, url: Url) -> Response[LinkPreview]:
    """What the page at an address says about itself. `image` is where it says that its picture is."""
    found = await _previews(services).preview(url, viewer.user_id)
    return Response(found, headers=KEPT)


@get("/link-preview/image", opt=COOKIE)
async def picture(services: Here, viewer: Asking, url: Url) -> Response[bytes]:
    """The picture of the preview of the page at an address, fetched by this server so that no reader is seen there."""
    found = await _previews(services).picture(url, viewer.user_id)
    return Response(found.body, media_type=found.type, headers=PICTURE)


def _previews(services: Services) -> Previews:
    if services.previews is None:
        raise CoterieError(errors.LINK_PREVIEWS_OFF)
    return services.previews


ROUTES = [preview, picture]
