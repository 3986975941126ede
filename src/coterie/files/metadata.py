"""Remove from pictures what is not the picture: location, camera, owner, comments, hidden second pictures.

Nothing is encoded again: the file is read segment by segment, and only what is needed to show it is kept. That includes
the orientation, the only thing that is kept of EXIF. Cameras write no such metadata to GIF, which stays as it is.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

# 0xFF and a byte that is not stuffing, a restart marker or padding ends a JPEG's scan data.
END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
KEPT_CHUNKS: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
ALPHA_AND_ANIMATION: Final = 0b0011_0010
"""The flags of a WebP's extended header that stay, besides that of the colour profile."""

COLOUR_PROFILE: Final = 0b0010_0000


class UnexpectedShapeError(ValueError):
    """The file does not have the structure of its format."""


def cleaned(kind: str, content: bytes, orientation: int) -> bytes:
    """The picture alone. `kind` is Pillow's name of its format, `orientation` the value in EXIF, 1 for upright."""
    if kind == "JPEG":
        return b"".join(_jpeg(content, orientation))
    if kind == "PNG":
        return b"".join(_png(content, orientation))
    if kind == "WEBP":
        return _webp(content, orientation)
    return content


def orientation_note(orientation: int) -> bytes:
    """EXIF with nothing but the orientation: a TIFF header, one directory with one entry."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def _jpeg(content: bytes, orientation: int) -> Iterator[bytes]:
    yield b"\xff\xd8"
    place, is_noted = 2, orientation == 1
    while place < len(content):
        marker, end = _jpeg_segment(content, place)
        if not is_noted and marker != 0xE0:
            note = b"Exif\0\0" + orientation_note(orientation)
            yield b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note
            is_noted = True
        if _is_kept(marker, content[place + 4 : end]):
            yield content[place:end]
        if marker == 0xD9:
            return
        place = end
    yield b"\xff\xd9"


def _jpeg_segment(content: bytes, place: int) -> tuple[int, int]:
    """The marker at an offset, and where its segment ends, with the picture data that follows a scan's header."""
    while content[place : place + 2] == b"\xff\xff":
        place += 1
    marker = _byte(content, place + 1)
    if content[place] != 0xFF or marker == 0:
        raise UnexpectedShapeError
    if marker == 0xD9 or 0xD0 <= marker <= 0xD7 or marker == 0x01:
        return marker, place + 2
    end = place + 2 + _number(">H", content, place + 2)
    if end < place + 4 or end > len(content):
        raise UnexpectedShapeError
    if marker == 0xDA:
        found = END_OF_SCAN.search(content, end)
        end = found.start() if found else len(content)
    return marker, end


def _is_kept(marker: int, payload: bytes) -> bool:
    """Of the application segments only those that say how to read the colours, and no comments."""
    if marker == 0xE2:
        return payload.startswith(b"ICC_PROFILE\0")
    return not (0xE1 <= marker <= 0xEF or marker == 0xFE) or (marker == 0xEE and payload.startswith(b"Adobe"))


def _png(content: bytes, orientation: int) -> Iterator[bytes]:
    yield content[:8]
    place = 8
    while place < len(content):
        kind, end = content[place + 4 : place + 8], place + 12 + _number(">I", content, place)
        if end > len(content):
            raise UnexpectedShapeError
        if kind in KEPT_CHUNKS:
            yield content[place:end]
        if kind == b"IHDR" and orientation != 1:
            yield _png_chunk(b"eXIf", orientation_note(orientation))
        if kind == b"IEND":
            return
        place = end
    raise UnexpectedShapeError


def _png_chunk(kind: bytes, payload: bytes) -> bytes:
    import zlib

    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def _webp(content: bytes, orientation: int) -> bytes:
    chunks = [each for each in _riff_chunks(content) if each[0] not in {b"EXIF", b"XMP "}]
    if not chunks:
        raise UnexpectedShapeError
    is_noted = orientation != 1 and chunks[0][0] == b"VP8X"
    if is_noted:
        chunks.append((b"EXIF", orientation_note(orientation)))
    body = b"".join(
        _riff_chunk(kind, _flagged(payload, is_noted) if kind == b"VP8X" else payload) for kind, payload in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _flagged(header: bytes, is_noted: bool) -> bytes:
    flags = (_byte(header, 0) & (ALPHA_AND_ANIMATION | COLOUR_PROFILE)) | (0b1000 if is_noted else 0)
    return bytes([flags]) + header[1:]


def _riff_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place, end = 12, 8 + _number("<I", content, 4)
    if end > len(content):
        raise UnexpectedShapeError
    while place < end:
        size = _number("<I", content, place + 4)
        if place + 8 + size > end:
            raise UnexpectedShapeError
        yield content[place : place + 4], content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _riff_chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def _number(form: str, content: bytes, place: int) -> int:
    try:
        value: int = struct.unpack_from(form, content, place)[0]
    except struct.error:
        raise UnexpectedShapeError from None
    return value


def _byte(content: bytes, place: int) -> int:
    return _number("B", content, place)
