"""Processing of pictures: their displayed size, a thumbnail, and none of the camera's metadata."""

import asyncio
import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image, ImageDraw

from coterie.files import machine
from coterie.files.metadata import cleaned
from coterie.files.pictures import Picture, Pictures
from tests.files.conftest import PNG, decoded, encoded, fetch, until, uploaded
from tests.patience import PATIENCE
from tests.people import Community

SECRET = "SecretCamera"


def with_notes(orientation: int = 1) -> Image.Exif:
    notes = Image.Exif()
    notes[0x010F] = SECRET
    notes[0x0112] = orientation
    notes.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 17.0)})
    return notes


def half(kind: str, orientation: int = 1, **options: Any) -> bytes:
    """A picture of 80 by 40, red above and blue below, with notes."""
    picture = Image.new("RGB", (80, 40), "red")
    ImageDraw.Draw(picture).rectangle((0, 20, 80, 40), fill="blue")
    return encoded(picture, kind, exif=with_notes(orientation).tobytes(), **options)


class Examined(NamedTuple):
    picture: Picture | None
    file: bytes
    thumbnail: bytes


@pytest.fixture(scope="module")
def pictures() -> Iterator[Pictures]:
    found = Pictures()
    yield found
    found.close()


async def examine(pictures: Pictures, content: bytes, directory: Any) -> Examined:
    places = [directory / name for name in ("source", "cleaned", "thumbnail")]
    places[0].write_bytes(content)
    with places[0].open("r+b") as source, places[1].open("w+b") as file, places[2].open("w+b") as thumbnail:
        picture = await pictures.examine(source, file, thumbnail)
    return Examined(picture, places[1].read_bytes(), places[2].read_bytes())


async def test_a_photo_of_a_phone(community: Community, message: dict[str, Any]) -> None:
    """Stored lying on its side with a note to turn it; seen upright everywhere, and of the notes only that is left."""
    photo = half("JPEG", 6, comment=SECRET.encode())
    [file] = await uploaded(community.member, message["id"], ("photo.jpg", photo))
    assert (file["width"], file["height"]) == (40, 80)
    kept = (await fetch(community.owner, file["url"])).body
    assert SECRET.encode() in photo
    assert SECRET.encode() not in kept
    assert dict(decoded(kept).getexif()) == {0x0112: 6}
    assert decoded(kept).tobytes() == decoded(photo).tobytes()
    assert file["file_size"] == len(kept)
    thumbnail = decoded((await fetch(community.owner, file["thumbnail_url"])).body)
    assert thumbnail.size == (40, 80)
    assert not thumbnail.getexif()
    reds = thumbnail.convert("RGB").getchannel("R").tobytes()
    left, right = reds[40 * 40 + 5], reds[40 * 40 + 35]
    assert left < 50 < 200 < right, "what was below is on the left once it is turned"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 8])
def test_notes_are_taken_out_and_the_picture_stays(kind: str, orientation: int) -> None:
    content = half(kind, orientation)
    kept = cleaned(kind, content, orientation)
    assert SECRET.encode() in content
    assert SECRET.encode() not in kept
    assert decoded(kept).tobytes() == decoded(content).tobytes()
    assert dict(decoded(kept).getexif()) == ({0x0112: orientation} if orientation != 1 else {})


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("GIF", {})])
def test_a_picture_without_notes_stays_byte_for_byte(kind: str, options: dict[str, Any]) -> None:
    content = encoded(Image.effect_noise((200, 100), 80).convert("RGB"), kind, **options)
    assert cleaned(kind, content, 1) == content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_hides_behind_a_picture_is_cut_off(kind: str) -> None:
    content = encoded(Image.new("RGB", (30, 20), "red"), kind)
    assert cleaned(kind, content + b"PK\3\4 an archive, or the film of a living photo", 1) == content


def test_other_notes() -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", SECRET)
    words.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    content = encoded(Image.new("RGB", (3, 3)), "PNG", pnginfo=words)
    assert SECRET.encode() not in cleaned("PNG", content, 1)
    xmp = encoded(Image.new("RGB", (3, 3)), "WEBP", xmp=SECRET.encode())
    assert SECRET.encode() in xmp
    assert SECRET.encode() not in cleaned("WEBP", xmp, 1)


def test_the_colour_profile_stays() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        content = encoded(Image.new("RGB", (9, 9)), kind, icc_profile=profile)
        assert decoded(cleaned(kind, content, 1)).info["icc_profile"] == profile


MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"]


@pytest.mark.parametrize("mode", MODES)
async def test_every_kind_of_colours(pictures: Pictures, mode: str, tmp_path: Any) -> None:
    content = encoded(Image.new(mode, (60, 30)), "JPEG" if mode == "CMYK" else "PNG")
    picture, file, thumbnail = await examine(pictures, content, tmp_path)
    assert picture is not None
    assert (picture.width, picture.height, picture.file_size) == (60, 30, len(file))
    assert decoded(thumbnail).size == (60, 30)
    assert picture.placeholder is not None
    assert len(picture.placeholder) < 600


async def test_a_large_photo_has_a_small_thumbnail(pictures: Pictures, tmp_path: Any) -> None:
    photo = encoded(Image.effect_noise((4000, 3000), 50).convert("RGB"), "JPEG", quality=60)
    picture, _, thumbnail = await examine(pictures, photo, tmp_path)
    assert picture is not None
    assert (picture.width, picture.height) == (4000, 3000)
    assert decoded(thumbnail).size == (800, 600)
    assert picture.thumbnail_size == len(thumbnail) < len(photo) / 10


async def test_animations_stay_animated(community: Community, message: dict[str, Any]) -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    [file] = await uploaded(community.member, message["id"], ("party.gif", moving))
    assert (file["width"], file["height"]) == (60, 40)
    assert (await fetch(community.owner, file["url"])).body == moving
    still = decoded((await fetch(community.owner, file["thumbnail_url"])).body)
    assert getattr(still, "n_frames", 1) == 1


def png_of(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return PNG[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """Half a megabyte that would be 900 million pixels."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(3751)) for _ in range(30_000)) + packer.flush()
    return png_of(30_000, 30_000, rows)


UNREADABLE = {
    "a mark and nothing else": PNG[:8] + b"no picture",
    "a picture cut off": encoded(Image.effect_noise((300, 300), 90), "PNG")[:3000],
    "a photo cut off": encoded(Image.effect_noise((300, 300), 90), "JPEG")[:3000],
    "a bomb": bomb(),
    "a size that is a lie": png_of(2**31 - 1, 2**31 - 1, zlib.compress(b"\0\0")),
    "a moving picture of a lie": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x01\0\0;",
    "an empty photo": b"\xff\xd8\xff\xd9",
    "a broken container": b"RIFF\xff\xff\xff\x7fWEBPVP8 \x10\0\0\0" + bytes(16),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_is_a_file_like_any_other(
    community: Community, message: dict[str, Any], name: str
) -> None:
    [file] = await uploaded(community.member, message["id"], ("picture", UNREADABLE[name]))
    assert (file["width"], file["height"], file["thumbnail_url"], file["placeholder"]) == (None, None, None, None)
    assert (await fetch(community.owner, file["url"])).body == UNREADABLE[name]


async def test_the_end_of_the_server_does_not_wait_for_a_picture(tmp_path: Any) -> None:
    pictures = Pictures()
    photo = encoded(Image.new("RGB", (8000, 6000)), "PNG", compress_level=1)
    examining = asyncio.create_task(examine(pictures, photo, tmp_path))
    await until(lambda: _is_decoding(pictures))
    pictures.close()
    assert (await examining).picture is None


async def _is_decoding(pictures: Pictures) -> bool:
    return bool(pictures._running)


async def test_pictures_wait_for_their_turn_on_the_machine(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The turns belong to the machine: another server process that decodes makes this one wait."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # where no other suite takes the turns
    pictures = Pictures()
    count, looks, take = machine.here()[1], 0, machine._take

    def looking(number: int) -> int | None:
        nonlocal looks
        looks += 1
        return take(number)

    async def has_looked() -> bool:
        return looks > 2 * count

    with ExitStack() as held:
        for number in range(count):
            lock = machine.wait_for_slot(count, PATIENCE, lambda: False)
            assert lock is not None, f"turn {number} was not free"
            held.callback(os.close, lock)
        monkeypatch.setattr(machine, "_take", looking)
        examining = asyncio.create_task(examine(pictures, half("JPEG"), tmp_path))
        await until(has_looked)
        assert not await _is_decoding(pictures)
    assert (await examining).picture is not None
    pictures.close()


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another temporary directory, in which any user of the machine can create files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    machine._lock_directory.cache_clear()
    yield tmp_path
    machine._lock_directory.cache_clear()


def test_the_locks_are_in_a_directory_of_the_user(elsewhere: Path) -> None:
    os.close(machine.wait_for_slot(1, PATIENCE, lambda: False) or 0)
    place = elsewhere / f"coterie-{os.getuid()}"
    assert (place.stat().st_mode & 0o777, [file.name for file in place.iterdir()]) == (0o700, ["decoder-0.lock"])


@pytest.mark.parametrize("kind", ["file", "open directory", "link"])
def test_names_that_someone_else_has_taken_cost_no_turn(elsewhere: Path, kind: str) -> None:
    (elsewhere / f"coterie-{os.getuid()}-decoder-0.lock").mkdir()
    place = elsewhere / f"coterie-{os.getuid()}"
    if kind == "file":
        place.touch()
    elif kind == "link":
        place.symlink_to(elsewhere)
    else:
        place.mkdir()
        place.chmod(0o777)
    lock = machine.wait_for_slot(1, PATIENCE, lambda: False)
    assert lock is not None
    os.close(lock)
    assert not place.is_dir() or not (place / "decoder-0.lock").exists()


async def test_the_kernel_would_end_a_decoder_first(tmp_path: Any) -> None:
    pictures = Pictures()
    photo = encoded(Image.new("RGB", (7000, 5700)), "PNG", compress_level=1)
    examining = asyncio.create_task(examine(pictures, photo, tmp_path))
    await until(lambda: _gives_way(pictures))
    assert (await examining).picture is not None
    pictures.close()


async def _gives_way(pictures: Pictures) -> bool:
    places = [Path(f"/proc/{process.pid}/oom_score_adj") for process in pictures._running]
    return any(place.read_text().strip() == "1000" for place in places)


@pytest.mark.parametrize(("mode", "mebibytes"), [("RGB", 320), ("RGBA", 480)])
def test_forty_million_pixels_fit_in_little_memory(tmp_path: Path, mode: str, mebibytes: int) -> None:
    (tmp_path / "picture").write_bytes(encoded(Image.new(mode, (8000, 5000), "red"), "PNG", compress_level=1))
    with (tmp_path / "picture").open("rb") as source, (tmp_path / "out").open("wb") as target:
        arguments = ["attachment", str(target.fileno()), str(target.fileno()), str(mebibytes * 1024 * 1024)]
        program = [sys.executable, "-m", "coterie.files.decoding", *arguments]
        ended = subprocess.run(program, stdin=source, capture_output=True, pass_fds=[target.fileno()], check=False)
    assert ended.returncode == 0, ended.stderr


async def test_more_pixels_are_decoded_only_where_the_decoder_shrinks_them(pictures: Pictures, tmp_path: Any) -> None:
    """A phone's photo of 50 million pixels still loses its location."""
    large = Image.new("RGB", (8200, 6100))
    assert (await examine(pictures, encoded(large, "PNG", compress_level=1), tmp_path)).picture is None
    examined = await examine(pictures, encoded(large, "JPEG", exif=with_notes().tobytes()), tmp_path)
    assert examined.picture is not None
    assert SECRET.encode() not in examined.file


@pytest.mark.parametrize(
    ("gibibytes", "mebibytes", "count"),
    [(0.5, 320, 1), (1, 512, 1), (2, 768, 1), (6, 768, 2), (24, 768, 8), (99, 768, 8)],
)
def test_what_decoders_take_of_a_machine(gibibytes: float, mebibytes: int, count: int) -> None:
    memory = int(gibibytes * 1024 * machine.MEBIBYTE)
    assert (machine.decoder_memory(memory) // machine.MEBIBYTE, machine.slots(memory)) == (mebibytes, count)


def test_a_control_group_limits_the_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "system.slice/coterie.service").mkdir(parents=True)
    (tmp_path / "system.slice/memory.max").write_text("1000000\n")
    (tmp_path / "system.slice/coterie.service/memory.max").write_text("max\n")
    (tmp_path / "own").write_text("0::/system.slice/coterie.service\n")
    monkeypatch.setattr(machine, "GROUPS", tmp_path)
    monkeypatch.setattr(machine, "OWN_GROUP", tmp_path / "own")
    assert machine.memory_of_machine() == 1_000_000


async def test_other_pictures_are_not_even_tried(pictures: Pictures, tmp_path: Any) -> None:
    """However a file begins, only four decoders ever see it."""
    target = io.BytesIO()
    Image.new("RGB", (9, 9)).save(target, "TIFF")
    assert (await examine(pictures, target.getvalue(), tmp_path)).picture is None
