"""Fetches the preview of a link, and the picture that the preview names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.errors import CoterieError
from coterie.feature import Core
from coterie.http.rate_limits import Limits
from coterie.outgoing import urls
from coterie.outgoing.addresses import places
from coterie.outgoing.guard import Outgoing
from coterie.previews import page
from coterie.previews.cache import Cache
from coterie.previews.errors import NO_PICTURE
from coterie.previews.limits import FETCHES
from coterie.previews.models import LinkPreview, PreviewPicture

PAGE_BYTES: Final = 1024 * 1024
PICTURE_BYTES: Final = 4 * 1024 * 1024
PREVIEWS: Final = 10_000
PREVIEW_CACHE_BYTES: Final = 8 * 1024 * 1024
PICTURES: Final = 500
PICTURE_CACHE_BYTES: Final = 24 * 1024 * 1024
ACCEPT_PAGE: Final = "text/html, application/xhtml+xml;q=0.9"
ACCEPT_PICTURE: Final = "image/webp, image/png, image/jpeg, image/gif"


class Previews:
    """Makes previews and caches them in this process for a while."""

    def __init__(self, outgoing: Outgoing, limits: Limits) -> None:
        self._outgoing: Final = outgoing
        self._limits: Final = limits
        self._previews: Final = Cache[LinkPreview](PREVIEWS, PREVIEW_CACHE_BYTES, _weight)
        self._pictures: Final = Cache[PreviewPicture](PICTURES, PICTURE_CACHE_BYTES, lambda picture: len(picture.body))

    async def close(self) -> None:
        await self._previews.close()
        await self._pictures.close()
        await self._outgoing.close()

    async def preview(self, url: str, user_id: UUID) -> LinkPreview:
        """What the page says about itself; raises what `Outgoing.get` raises, and UNREACHABLE if it is not a page.

        It counts towards the account's limit only if the page has to be fetched.
        """
        key = str(urls.checked(url))
        if key not in self._previews:
            self._limits.action(FETCHES, user_id)
        return msgspec.structs.replace(await self._previews.get(key, lambda: self._make(key)), url=url)

    async def picture(self, url: str, user_id: UUID) -> PreviewPicture:
        """The picture of the page's preview. Only what a page names is fetched, so this is not an open proxy."""
        image = (await self.preview(url, user_id)).image
        if image is None:
            raise CoterieError(NO_PICTURE)
        if image not in self._pictures:
            self._limits.action(FETCHES, user_id)
        return await self._pictures.get(image, lambda: self._fetch_picture(image))

    async def _make(self, url: str) -> LinkPreview:
        return page.preview(url, await self._outgoing.get(url, accept=ACCEPT_PAGE, limit=PAGE_BYTES))

    async def _fetch_picture(self, url: str) -> PreviewPicture:
        fetched = await self._outgoing.get(url, accept=ACCEPT_PICTURE, limit=PICTURE_BYTES)
        if not fetched.is_whole:
            raise CoterieError(errors.ANSWER_TOO_LARGE)
        type = kind_of(fetched.body)
        if type is None:
            raise CoterieError(NO_PICTURE)
        return PreviewPicture(type, fetched.body)


@asynccontextmanager
async def opened(core: Core) -> AsyncIterator[Previews | None]:
    """The previews of an instance, or None if the operator turned them off."""
    if not core.settings.link_previews:
        yield None
        return
    previews = Previews(Outgoing(places(core.settings.outgoing_allowed)), core.limits)
    try:
        yield previews
    finally:
        await previews.close()


def kind_of(body: bytes) -> str | None:
    """The type of a picture by its first bytes; None for anything but a bitmap format."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "image/webp"
    return None


def _weight(preview: LinkPreview) -> int:
    texts = (preview.url, preview.title, preview.description, preview.image, preview.site_name)
    return sum(len(text) * 2 for text in texts if text)
