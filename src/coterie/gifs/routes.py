"""The route of the GIF search."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from coterie import errors
from coterie.errors import CoterieError
from coterie.gifs.models import Gif
from coterie.guards import SEARCH, Asking, Here

GIFS = 15
GIFS_LIMIT = 25
QUERY_LIMIT = 200


@get("/giphy/search", opt=SEARCH)
async def search(
    services: Here,
    viewer: Asking,
    q: Annotated[str, QueryParameter(min_length=1, max_length=QUERY_LIMIT)],
    limit: Annotated[int, QueryParameter(description="At most 25; more is taken for 25, less than 1 for 1.")] = GIFS,
) -> list[Gif]:
    """GIFs for some words, where the operator has set up a service that knows any."""
    if services.gifs is None:
        raise CoterieError(errors.GIFS_OFF)
    return await services.gifs.search(q, max(1, min(limit, GIFS_LIMIT)))


ROUTES = [search]
