"""What a preview looks like on the wire, and what a picture is."""

from dataclasses import dataclass

from msgspec import Struct


class LinkPreview(Struct, frozen=True):
    """What a page says about itself. `url` is the address that was asked for; `image` an absolute one."""

    url: str
    title: str | None
    description: str | None
    image: str | None
    site_name: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in one of the forms that every browser shows, as it came."""

    type: str
    body: bytes
