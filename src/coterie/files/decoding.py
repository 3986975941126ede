"""The program that processes one picture: `python -m coterie.files.decoding ACTION FD FD MEMORY`, a process of its own.

Standard input is the picture, the numbers are descriptors of files to write to and bytes of memory, and standard output
gets one JSON object. Decoders are the likeliest place for a hostile file to do harm, so this process knows no secret
and has limited memory and time; if it fails, the server continues. If the machine runs out of memory, the kernel ends
this process first. Of Coterie it imports only the module beside it, `metadata`.

A picture is shrunk before it is turned or copied, so the whole of it is in memory once, and with transparency twice.

The process costs 0.09 s of processor time; decoding and shrinking a photo of 12 million pixels takes 0.13 s more.
Thumbnails are WebP, which every browser reads, with transparency, at two thirds of JPEG's size. The placeholder is a
WebP of about 150 bytes that works as the `src` of any image; BlurHash and ThumbHash take 30, but need a decoder in
every client.
"""

import base64
import contextlib
import io
import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, ImageSequence

from coterie.files.metadata import cleaned

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
PIXEL_LIMIT: Final = 40_000_000
"""Of what is decoded. A photo as JPEG can have more: its decoder produces it at a fraction of its size."""

JPEG_PIXEL_LIMIT: Final = 100_000_000
PROCESSOR_SECONDS: Final = 20

THUMBNAIL: Final = (800, 600)
"""Twice what clients show, for high-resolution screens."""

PLACEHOLDER: Final = (16, 16)
AVATAR: Final = (256, 256)
EMOJI: Final = (128, 128)
FRAME_LIMIT: Final = 150
ANIMATION_PIXELS: Final = 200_000_000
"""Pixels of all frames of an animated emoji together, as uploaded."""


def main(kind: str, first: int, second: int, memory: int) -> None:
    _limit(memory)
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = JPEG_PIXEL_LIMIT
    content = sys.stdin.buffer.read()
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        answer = PROCESSING[kind](picture, content, first, second)
    json.dump(answer, sys.stdout)


def attachment(picture: Image.Image, content: bytes, cleaned_to: int, thumbnail_to: int) -> dict[str, object]:
    """Write the picture without its metadata, and its thumbnail; return its size as displayed."""
    orientation = int(picture.getexif().get(0x0112, 1))
    orientation = orientation if 1 <= orientation <= 8 else 1
    width, height = picture.size if orientation <= 4 else picture.size[::-1]
    upright = _upright(picture, THUMBNAIL)
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


def avatar(picture: Image.Image, content: bytes, to: int, _: int) -> dict[str, object]:
    """Write a square from the middle of the picture."""
    square = ImageOps.fit(_upright(picture, AVATAR), AVATAR)
    return _drawn(square, _webp(square), to)


def emoji(picture: Image.Image, content: bytes, to: int, _: int) -> dict[str, object]:
    """Write the picture scaled down, animated if it was."""
    count = getattr(picture, "n_frames", 1)
    if count > FRAME_LIMIT or count * picture.width * picture.height > ANIMATION_PIXELS:
        raise ValueError("too many frames")
    if count == 1:
        small = ImageOps.contain(_upright(picture, EMOJI), EMOJI)
        return _drawn(small, _webp(small), to)
    frames, durations = [], []
    for frame in ImageSequence.Iterator(picture):
        frames.append(ImageOps.contain(frame.convert("RGBA"), EMOJI))
        durations.append(int(frame.info.get("duration") or 100))
    moving = io.BytesIO()
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=80)
    return _drawn(frames[0], moving.getvalue(), to)


PROCESSING: Final = {"attachment": attachment, "avatar": avatar, "emoji": emoji}


def _upright(picture: Image.Image, target: tuple[int, int]) -> Image.Image:
    """The picture upright, in a colour mode that WebP has, without its metadata.

    It still covers a square of the target's longer side twice, so that what follows scales it down well.
    """
    if picture.format == "JPEG":
        picture.draft("RGB", target)  # the decoder then scales it down itself
    if picture.width * picture.height > PIXEL_LIMIT:
        raise ValueError("too many pixels")
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    factor = min(picture.size) // (2 * max(target))
    mode = "RGBA" if has_alpha else "RGB"
    plain = picture if picture.mode == mode else picture.convert(mode)
    small = plain.reduce(factor) if factor > 1 else plain
    turned = ImageOps.exif_transpose(small)
    turned.info.clear()
    return turned


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


def _limit(memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(what, (most, most))
    with contextlib.suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(5)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}"[:300])
