"""What a preview looks like on the wire, and what a picture is."""

from dataclasses import dataclass

from msgspec import Struct


class LinkPreview(Struct, frozen=True):
    """What a page says about itself. `url` is the requested address; `image` is an absolute one."""

    url: str
    title: str | None
    description: str | None
    image: str | None
    site_name: str | None


@dataclass(frozen=True, slots=True)
class PreviewPicture:
    """A picture in a format that every browser shows, unchanged."""

    type: str
    body: bytes
