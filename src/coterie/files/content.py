"""What a file is, judged by its bytes alone; what the sender calls it does not count.

The list says what is allowed, and everything else is refused. Text is what has no other mark, is UTF-8 to its last
byte, and is nothing that a browser or a shell would carry out.
"""

import codecs
import re
from collections.abc import Callable
from typing import Final

from coterie import errors
from coterie.errors import CoterieError

HEAD_BYTES: Final = 4096
"""So much of a file's beginning decides."""

PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
TEXT: Final = "text/plain"

# The major brands of ISO/IEC 14496-12 files that are MPEG-4 video; QuickTime, M4A and HEIC have others.
MP4_BRANDS: Final = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"avc1", b"av01", b"dash"}
    | {b"mp41", b"mp42", b"mp71", b"mmp4", b"MSNV", b"M4V ", b"M4VH", b"M4VP", b"f4v ", b"hvc1"}
)
MPEG_LAYER_3: Final = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2")

# A tag that WHATWG's sniffing takes for HTML, any XML, a program for an interpreter, or a document with programs.
ACTIVE_TEXT: Final = re.compile(
    rb"\s*(<(!doctype|!--|\?|/?[a-z][a-z0-9:-]*[\s/>])|#!|%!ps|%pdf|\{\\rtf)", re.IGNORECASE
)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
CONTROLS: Final = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")


def is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in MP4_BRANDS


def is_webm(head: bytes, codec: bytes) -> bool:
    """Whether it is WebM whose first track has a codec of this kind (their names stand at the beginning)."""
    is_matroska = head.startswith(b"\x1a\x45\xdf\xa3") and re.search(rb"\x42\x82[\x84\x40].{0,8}?webm", head, re.DOTALL)
    return bool(is_matroska) and codec in head


TYPES: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("image/jpeg", lambda head: head.startswith(b"\xff\xd8\xff")),
    ("image/png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/gif", lambda head: head.startswith((b"GIF87a", b"GIF89a"))),
    ("image/webp", lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP"),
    ("video/mp4", is_mp4),
    ("audio/webm", lambda head: is_webm(head, b"A_") and not is_webm(head, b"V_")),
    ("video/webm", lambda head: is_webm(head, b"")),
    ("audio/mpeg", lambda head: head.startswith((b"ID3", *MPEG_LAYER_3))),
    ("audio/ogg", lambda head: head.startswith(b"OggS") and b"\x80theora" not in head),
    ("application/pdf", lambda head: head.startswith(b"%PDF-")),
)


class Judge:
    """Follows a file's bytes as they come. `mime_type` is known after the beginning, and for text holds at the end."""

    def __init__(self, head: bytes) -> None:
        """Judge by the first HEAD_BYTES, or the whole of a shorter file; raises FILE_TYPE_NOT_ALLOWED."""
        self.mime_type: Final = next((name for name, matches in TYPES if matches(head)), TEXT)
        self._decoder: Final = codecs.getincrementaldecoder("utf-8")() if self.mime_type == TEXT else None
        if self._decoder and ACTIVE_TEXT.match(head.removeprefix(BYTE_ORDER_MARK)):
            raise CoterieError(errors.FILE_TYPE_NOT_ALLOWED)

    def see(self, chunk: bytes, *, is_last: bool = False) -> None:
        """The next bytes, the beginning included; raises FILE_TYPE_NOT_ALLOWED where they are no text after all."""
        if self._decoder is None:
            return
        try:
            self._decoder.decode(chunk, is_last)
        except UnicodeDecodeError:
            raise CoterieError(errors.FILE_TYPE_NOT_ALLOWED) from None
        if CONTROLS.search(chunk):
            raise CoterieError(errors.FILE_TYPE_NOT_ALLOWED)
