"""The routes of link previews."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import QueryParameter

from coterie.errors import CoterieError
from coterie.http.injection import COOKIE, ELSEWHERE, CurrentViewer, Injected
from coterie.previews.actions import Previews
from coterie.previews.errors import LINK_PREVIEWS_OFF
from coterie.previews.models import LinkPreview

KEPT: Final = {"Cache-Control": "private, max-age=86400"}
PICTURE: Final = {
    **KEPT,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Disposition": "inline",
}

Url = Annotated[str, QueryParameter(description="The address of the page to preview.")]


@get("/link-preview", opt=ELSEWHERE)
async def preview(previews: Injected[Previews | None], viewer: CurrentViewer, url: Url) -> Response[LinkPreview]:
    """What the page at an address says about itself. `image` is where it says that its picture is."""
    found = await _available(previews).preview(url, viewer.user_id)
    return Response(found, headers=KEPT)


@get("/link-preview/image", opt=COOKIE | ELSEWHERE)
async def picture(previews: Injected[Previews | None], viewer: CurrentViewer, url: Url) -> Response[bytes]:
    """The picture of the preview of the page at an address, fetched by this server so that no reader is seen there."""
    found = await _available(previews).picture(url, viewer.user_id)
    return Response(found.body, media_type=found.type, headers=PICTURE)


def _available(previews: Previews | None) -> Previews:
    if previews is None:
        raise CoterieError(LINK_PREVIEWS_OFF)
    return previews


ROUTES = [preview, picture]
