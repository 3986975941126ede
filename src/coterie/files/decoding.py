"""The program that looks at one picture, in a process of its own: `python -m coterie.files.decoding DEED FD FD`.

Standard input is the picture, the numbers are files to write to, standard output gets one JSON object. Decoders are
the likeliest place for a hostile file to do harm, so this process knows no secret and may take only so much memory and
time; whatever becomes of it, the server goes on. It imports nothing of Coterie's but its neighbour.
"""

import base64
import contextlib
import io
import json
import os
import resource
import sys
import warnings
from typing import Final

from PIL import Image, ImageOps, ImageSequence

from coterie.files.metadata import cleaned

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
PIXEL_LIMIT: Final = 100_000_000
MEMORY_BYTES: Final = 1536 * 1024 * 1024
PROCESSOR_SECONDS: Final = 20

THUMBNAIL: Final = (800, 600)
"""Twice what a client shows, for dense screens."""

PLACEHOLDER: Final = (16, 16)
PORTRAIT: Final = (256, 256)
EMOJI: Final = (128, 128)
FRAME_LIMIT: Final = 150
ANIMATION_PIXELS: Final = 200_000_000
"""Pixels of all frames of an animated emoji together, as they come."""


def main(deed: str, first: int, second: int) -> None:
    _limit()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
    content = sys.stdin.buffer.read()
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        answer = DEEDS[deed](picture, content, first, second)
    json.dump(answer, sys.stdout)


def attachment(picture: Image.Image, content: bytes, cleaned_to: int, thumbnail_to: int) -> dict[str, object]:
    """Write the picture without its notes, and its thumbnail; tell its size as it is seen."""
    orientation = int(picture.getexif().get(0x0112, 1))
    orientation = orientation if 1 <= orientation <= 8 else 1
    width, height = picture.size if orientation <= 4 else picture.size[::-1]
    if picture.format == "JPEG":
        picture.draft("RGB", THUMBNAIL)  # the decoder then makes it small by itself
    upright = _upright(picture)
    upright.thumbnail(THUMBNAIL)
    thumbnail = _webp(upright)
    upright.thumbnail(PLACEHOLDER)
    file = cleaned(str(picture.format), content, orientation)
    _write(cleaned_to, file)
    _write(thumbnail_to, thumbnail)
    return {
        "width": width,
        "height": height,
        "file_size": len(file),
        "thumbnail_size": len(thumbnail),
        "placeholder": "data:image/webp;base64," + base64.b64encode(_webp(upright, quality=30)).decode(),
    }


def portrait(picture: Image.Image, content: bytes, to: int, _: int) -> dict[str, object]:
    """Write a square of the picture's middle."""
    if picture.format == "JPEG":
        picture.draft("RGB", PORTRAIT)
    square = ImageOps.fit(_upright(picture), PORTRAIT)
    return _drawn(square, _webp(square), to)


def emoji(picture: Image.Image, content: bytes, to: int, _: int) -> dict[str, object]:
    """Write the picture small, moving if it moves."""
    count = getattr(picture, "n_frames", 1)
    if count > FRAME_LIMIT or count * picture.width * picture.height > ANIMATION_PIXELS:
        raise ValueError("too many frames")
    if count == 1:
        small = ImageOps.contain(_upright(picture), EMOJI)
        return _drawn(small, _webp(small), to)
    frames, durations = [], []
    for frame in ImageSequence.Iterator(picture):
        frames.append(ImageOps.contain(frame.convert("RGBA"), EMOJI))
        durations.append(int(frame.info.get("duration") or 100))
    moving = io.BytesIO()
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=80)
    return _drawn(frames[0], moving.getvalue(), to)


DEEDS: Final = {"attachment": attachment, "portrait": portrait, "emoji": emoji}


def _upright(picture: Image.Image) -> Image.Image:
    """The picture the right way up, in the colours that WebP has, and without anything that was written beside it."""
    turned = ImageOps.exif_transpose(picture)
    has_alpha = "A" in turned.getbands() or "transparency" in turned.info
    plain = turned.convert("RGBA" if has_alpha else "RGB")
    plain.info.clear()
    return plain


def _webp(picture: Image.Image, quality: int = 80) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return encoded.getvalue()


def _drawn(picture: Image.Image, encoded: bytes, to: int) -> dict[str, object]:
    _write(to, encoded)
    return {"width": picture.width, "height": picture.height, "file_size": len(encoded)}


def _write(to: int, content: bytes) -> None:
    with open(to, "wb", closefd=False) as file:
        file.write(content)


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(what, (most, most))
    os.nice(5)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}"[:300])
