"""Query the service. It requires the key in the URL, so no URL may get into an error or a log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from yarl import URL

from coterie.errors import CoterieError
from coterie.feature import Core
from coterie.gifs.errors import GIFS_UNAVAILABLE
from coterie.gifs.models import FoundGif, FoundGifs, Gif
from coterie.outgoing.addresses import places
from coterie.outgoing.guard import Outgoing

ANSWER_BYTES: Final = 2 * 1024 * 1024


class Gifs:
    """Searches at the service from the settings."""

    def __init__(self, outgoing: Outgoing, address: str, key: str) -> None:
        self._outgoing: Final = outgoing
        self._address: Final = URL(address)
        self._key: Final = key

    async def close(self) -> None:
        await self._outgoing.close()

    async def search(self, text: str, limit: int) -> list[Gif]:
        """What the service finds; GIFS_UNAVAILABLE if it does not answer as it should."""
        address = self._address.update_query({"api_key": self._key, "q": text, "limit": limit, "rating": "pg-13"})
        try:
            fetched = await self._outgoing.get(str(address), accept="application/json", limit=ANSWER_BYTES)
            found = msgspec.json.decode(fetched.body, type=FoundGifs, strict=False)
        except (CoterieError, msgspec.DecodeError, UnicodeDecodeError):
            raise CoterieError(GIFS_UNAVAILABLE, retry_after=5) from None
        return [_gif(each) for each in found.data[:limit]]


def _gif(found: FoundGif) -> Gif:
    original = found.images.original
    return Gif(original.url, found.images.fixed_width_small.url, found.title, original.width, original.height)


@asynccontextmanager
async def opened(core: Core) -> AsyncIterator[Gifs | None]:
    """The search, or None if the operator has set no key for it."""
    settings = core.settings
    if not settings.giphy_api_key:
        yield None
        return
    gifs = Gifs(Outgoing(places(settings.outgoing_allowed)), settings.giphy_url, settings.giphy_api_key)
    try:
        yield gifs
    finally:
        await gifs.close()
