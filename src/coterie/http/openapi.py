"""The description of the REST API: the OpenAPI document, and a page to try it out."""

from typing import Any, Final

from litestar import MediaType, Request, Response, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from coterie import __version__
from coterie.http.api_document import described
from coterie.http.injection import PUBLIC

PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Coterie API</title>
<link rel="icon" href="/coterie.svg">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
PAGE_POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)

CONFIG: Final = OpenAPIConfig(
    title="Coterie",
    version=__version__,
    description="The REST API of Coterie, a self-hosted chat server.",
    path="/api/openapi",
    render_plugins=[JsonRenderPlugin()],
    components=Components(
        security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
    ),
    use_handler_docstrings=True,
)


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def openapi_document(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of every route."""
    state = request.app.state
    if "openapi_document" not in state:
        state["openapi_document"] = described(request.app)
    document: dict[str, Any] = state["openapi_document"]
    return document


@get("/docs", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def page() -> Response[str]:
    """The document, readable, with a way to try each route."""
    return Response(PAGE, media_type=MediaType.HTML, headers={"Content-Security-Policy": PAGE_POLICY})


ROUTES = [openapi_document, page]
