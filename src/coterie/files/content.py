"""Determine a file's type from its bytes alone; the type that the client declares is ignored.

Browsers show and play some of the listed types; everything else is saved, also what nobody recognizes. A file is text
if it has no other signature and is UTF-8 to its last byte; text that a browser, a shell or a printer could execute has
a type of its own. What a ZIP archive is, its end tells (`archives.py`), and older office documents have a type of their
own if they have no macros (`compound.py`). The operator can accept only some types.

A library for recognizing files knows hundreds of types where twenty are needed, and guesses text from its beginning.
"""

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from coterie.errors import CoterieError
from coterie.files import archives, compound
from coterie.files.errors import FILE_TYPE_NOT_ALLOWED

HEAD_BYTES: Final = 4096
"""The first bytes of a file, which decide its type."""

PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
TEXT: Final = "text/plain"
SOURCE: Final = "text/x-source"
"""Text that some program would execute. Nothing displays this type as what the text is: it is saved."""

TEXTS: Final = frozenset({TEXT, SOURCE})
OTHER: Final = "application/octet-stream"
"""What is neither text nor of a listed type."""

# The major brands of ISO/IEC 14496-12 files that are MPEG-4 video.
MP4_BRANDS: Final = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"avc1", b"av01", b"dash"}
    | {b"mp41", b"mp42", b"mp71", b"mmp4", b"MSNV", b"M4V ", b"M4VH", b"M4VP", b"f4v ", b"hvc1"}
)
M4A_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
MPEG_LAYER_3: Final = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2")

# A tag that WHATWG's sniffing treats as HTML, any XML, a script with an interpreter, or a document that can run code.
ACTIVE_TEXT: Final = re.compile(
    rb"\s*(<(!doctype|!--|\?|/?[a-z][a-z0-9:-]*[\s/>])|#!|%!ps|%pdf|\{\\rtf)", re.IGNORECASE
)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
CONTROLS: Final = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")


def is_of_brand(head: bytes, brands: frozenset[bytes]) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in brands


def is_heic(head: bytes) -> bool:
    """Some cameras write the general brand first, and HEIC among the compatible ones."""
    compatible = head[16 : int.from_bytes(head[:4])]
    is_general = is_of_brand(head, frozenset({b"mif1"})) and b"heic" in compatible
    return is_general or is_of_brand(head, HEIC_BRANDS)


def is_webm(head: bytes, codec: bytes) -> bool:
    """Whether this is WebM whose first track has a codec of this kind (codec names are near the beginning)."""
    is_matroska = head.startswith(b"\x1a\x45\xdf\xa3") and re.search(rb"\x42\x82[\x84\x40].{0,8}?webm", head, re.DOTALL)
    return bool(is_matroska) and codec in head


TYPES: Final[tuple[tuple[str, Callable[[bytes], bool]], ...]] = (
    ("image/jpeg", lambda head: head.startswith(b"\xff\xd8\xff")),
    ("image/png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/gif", lambda head: head.startswith((b"GIF87a", b"GIF89a"))),
    ("image/webp", lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP"),
    ("image/heic", is_heic),
    ("video/mp4", lambda head: is_of_brand(head, MP4_BRANDS)),
    ("video/quicktime", lambda head: is_of_brand(head, frozenset({b"qt  "}))),
    ("audio/mp4", lambda head: is_of_brand(head, M4A_BRANDS)),
    ("audio/webm", lambda head: is_webm(head, b"A_") and not is_webm(head, b"V_")),
    ("video/webm", lambda head: is_webm(head, b"")),
    ("audio/mpeg", lambda head: head.startswith((b"ID3", *MPEG_LAYER_3))),
    ("audio/ogg", lambda head: head.startswith(b"OggS") and b"\x80theora" not in head),
    ("audio/flac", lambda head: head.startswith(b"fLaC")),
    ("audio/wav", lambda head: head.startswith(b"RIFF") and head[8:12] == b"WAVE"),
    ("application/pdf", lambda head: head.startswith(b"%PDF-")),
    (compound.OLE, lambda head: head.startswith(compound.BEGINNING)),
    (archives.ZIP, lambda head: head.startswith(archives.BEGINNING)),
)
KNOWN: Final = frozenset({name for name, _ in TYPES} | archives.DOCUMENTS | {TEXT, SOURCE, OTHER})
"""Every file has one of these types, or one that the operator adds."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A type that the operator adds: what its files have at a place, in bytes from their beginning."""

    mime_type: str
    offset: int
    content: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """From `type=hex` or `type=offset:hex`, as the settings have checked it."""
        mime_type, _, place = text.partition("=")
        offset, _, content = place.rpartition(":")
        return cls(mime_type, int(offset or 0), bytes.fromhex(content))

    def is_in(self, head: bytes) -> bool:
        return head.startswith(self.content, self.offset)


@dataclass(frozen=True, slots=True)
class AcceptedTypes:
    """The types that the operator adds and refuses; with `only`, no others than those and the added ones."""

    added: Sequence[Signature] = ()
    refused: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()

    @classmethod
    def read(cls, added: Sequence[str], refused: Sequence[str], only: Sequence[str] = ()) -> Self:
        return cls([Signature.read(each) for each in added], frozenset(refused), frozenset(only))

    @property
    def listed(self) -> list[str] | None:
        """The accepted types; None if every file is accepted."""
        if not self.refused and not self.only:
            return None
        return sorted((self.only or KNOWN) - self.refused | {each.mime_type for each in self.added})

    def recognized(self, head: bytes) -> str:
        """The type that a file of this beginning has, as far as that shows."""
        known = next((name for name, matches in TYPES if matches(head)), None)
        return known or next((each.mime_type for each in self.added if each.is_in(head)), None) or _text_or_other(head)

    def check(self, mime_type: str) -> None:
        """Raises FILE_TYPE_NOT_ALLOWED."""
        listed = self.listed
        if listed is not None and mime_type not in listed:
            raise CoterieError(FILE_TYPE_NOT_ALLOWED)


EVERY_TYPE: Final = AcceptedTypes()


class Judge:
    """Reads a file's bytes as they arrive. `mime_type` is certain at the end; for pictures after the first bytes."""

    def __init__(self, head: bytes, accepted: AcceptedTypes = EVERY_TYPE) -> None:
        """Check the first HEAD_BYTES, or all of a shorter file; raises FILE_TYPE_NOT_ALLOWED."""
        self.mime_type = accepted.recognized(head)
        self._accepted: Final = accepted
        self._archive: Final = archives.Archive(head) if self.mime_type == archives.ZIP else None
        self._macros: Final = compound.MacroSearch() if self.mime_type == compound.OLE else None
        self._text: Final = TextCheck()
        if self._archive is None:
            accepted.check(self.mime_type)

    def see(self, chunk: bytes, *, is_last: bool = False) -> None:
        """Read the next bytes, starting with the first; raises FILE_TYPE_NOT_ALLOWED if their type is not accepted."""
        if self._archive is not None:
            self._archive.see(chunk)
            if is_last:
                self._settle(self._archive.mime_type() or OTHER)
        elif self._macros is not None:
            self._macros.see(chunk)
            if is_last and self._macros.is_found:
                self._settle(OTHER)
        elif self.mime_type in TEXTS and not self._text.goes_on(chunk, is_last=is_last):
            self._settle(OTHER)

    def _settle(self, mime_type: str) -> None:
        self.mime_type = mime_type
        self._accepted.check(mime_type)


class TextCheck:
    """Whether bytes are text: valid UTF-8 without control characters."""

    def __init__(self) -> None:
        self._decoder: Final = codecs.getincrementaldecoder("utf-8")()

    def goes_on(self, chunk: bytes, *, is_last: bool) -> bool:
        """Whether the next bytes are text too; at the end, whether the last character is complete."""
        try:
            self._decoder.decode(chunk, is_last)
        except UnicodeDecodeError:
            return False
        return not CONTROLS.search(chunk)


def _text_or_other(head: bytes) -> str:
    if not TextCheck().goes_on(head, is_last=False):
        return OTHER
    return SOURCE if ACTIVE_TEXT.match(head.removeprefix(BYTE_ORDER_MARK)) else TEXT
