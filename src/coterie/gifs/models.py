"""GIFs on the wire, and those fields of the service's answer that are read."""

from msgspec import Struct


class Gif(Struct, frozen=True):
    """A GIF that was found; `preview_url` is a small version of it. `width` and `height` are in pixels."""

    url: str
    preview_url: str
    title: str
    width: int
    height: int


class Rendition(Struct, frozen=True):
    """One size in which the service has a GIF; it writes numbers as text."""

    url: str
    width: int = 0
    height: int = 0


class Renditions(Struct, frozen=True):
    original: Rendition
    fixed_width_small: Rendition


class FoundGif(Struct, frozen=True):
    images: Renditions
    title: str = ""


class FoundGifs(Struct, frozen=True):
    """The service's answer."""

    data: list[FoundGif]
