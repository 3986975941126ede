"""The route of the GIF search."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from coterie.errors import CoterieError
from coterie.gifs.actions import Gifs
from coterie.gifs.errors import GIFS_OFF
from coterie.gifs.models import Gif
from coterie.http.injection import ELSEWHERE, CurrentViewer, Injected, counted
from coterie.http.rate_limits import SEARCH

GIFS = 15
GIFS_LIMIT = 25
QUERY_LIMIT = 200


@get("/giphy/search", opt=counted(SEARCH) | ELSEWHERE | {"refusals": {501}})
async def search(
    gifs: Injected[Gifs | None],
    viewer: CurrentViewer,
    q: Annotated[str, QueryParameter(min_length=1, max_length=QUERY_LIMIT)],
    limit: Annotated[int, QueryParameter(description="At most 25. Values outside 1 to 25 are clamped.")] = GIFS,
) -> list[Gif]:
    """GIFs for some words, where the operator has set up a service that knows any."""
    if gifs is None:
        raise CoterieError(GIFS_OFF)
    return await gifs.search(q, max(1, min(limit, GIFS_LIMIT)))


ROUTES = [search]
