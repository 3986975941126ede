"""Files, pictures, pages of other sites, and what an operator reads from elsewhere: backups and imports."""

import io
import re
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from yarl import URL

from coterie.backup import archive, manifest
from coterie.backup.archive import ReadMember
from coterie.backup.damage import DamagedError
from coterie.errors import CoterieError
from coterie.files import names
from coterie.files.content import HEAD_BYTES, KNOWN, PICTURES, TYPES, Judge
from coterie.files.metadata import UnexpectedShapeError, cleaned
from coterie.importing import texts
from coterie.importing.together import files as uploads
from coterie.outgoing import urls
from coterie.outgoing.guard import Fetched
from coterie.previews import page as pages

KINDS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}


def upload(given: bytes) -> None:
    """Every file has one of the types, however its bytes arrive; text has no character that is not text."""
    kinds = {_judged(given, size) for size in (1, 7, len(given) or 1)}
    assert len(kinds) == 1, kinds
    assert kinds <= KNOWN
    if kinds <= {"text/plain", "text/x-source"}:
        assert "\0" not in given.decode()


def _judged(given: bytes, size: int) -> str:
    judge = Judge(given[:HEAD_BYTES])
    for start in range(0, len(given), size):
        judge.see(given[start : start + size])
    judge.see(b"", is_last=True)
    return judge.mime_type


def picture(given: bytes) -> None:
    """The first byte is the orientation. A picture without its metadata is of the same type, and clean."""
    orientation, content = given[:1], given[1:]
    kind = next((name for name, matches in TYPES if name in PICTURES and matches(content)), None)
    if kind is None:
        return
    with suppress(UnexpectedShapeError):
        once = cleaned(KINDS[kind], content, (orientation[0] if orientation else 0) % 8 + 1)
        assert Judge(once[:HEAD_BYTES]).mime_type == kind
        assert cleaned(KINDS[kind], once, 1) == cleaned(KINDS[kind], cleaned(KINDS[kind], once, 1), 1)


def page(given: bytes) -> None:
    """The first line is the charset of the header, the rest a page."""
    charset, _, content = given.partition(b"\n")
    with suppress(CoterieError):
        fetched = Fetched(URL("https://example.org/a/"), "text/html", charset.decode("latin-1"), content, is_whole=True)
        found = pages.preview("https://example.org/a/", fetched)
        assert len(found.title or "") <= pages.TITLE_LIMIT
        assert len(found.description or "") <= pages.DESCRIPTION_LIMIT
        assert re.match("https?://", found.image or "https://")


def address(given: bytes) -> None:
    """An address that is accepted is read the same when it is written again."""
    with suppress(CoterieError):
        url = urls.checked(given.decode("utf-8", "replace"))
        again = urls.checked(str(url))
        assert (again.raw_host, again.port, again.raw_path_qs) == (url.raw_host, url.port, url.raw_path_qs)
        assert url.scheme in ("http", "https")
        assert url.user is url.password is None
        assert url.host


def backup(given: bytes) -> None:
    """A backup's archive, its description, or its list of files."""
    with suppress(DamagedError):
        for member in archive.members(io.BytesIO(given)):
            member.read()
    with suppress(DamagedError):
        manifest.decode(ReadMember(manifest.MANIFEST, len(given), iter([given])))
    with suppress(DamagedError):
        stored = manifest.StoredObject.of(given)
        assert manifest.StoredObject.of(stored.line()) == stored


@cache
def _directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="coterie-fuzzing-"))
    (directory.parent / f"{directory.name}-outside").write_text("not of the source")
    (directory / "inside").write_text("of the source")
    return directory


def imported(given: bytes) -> None:
    """Names and texts of another server: names fit here, texts stay whole, and a path stays in its directory."""
    text = given.decode("utf-8", "replace").replace("\0", "")  # which no text of PostgreSQL contains
    old_id = UUID(int=7)
    assert re.fullmatch(r"[A-Za-z0-9_]{2,32}", texts.username(text, None, old_id))
    assert len(texts.variant(texts.username(text, text, old_id), 3, old_id)) <= texts.USERNAME_LENGTH
    assert "".join(texts.split(text)) == text
    assert all(len(part) <= texts.CONTENT_LENGTH for part in texts.split(text))
    assert len(texts.title(text, 100) or "x") <= 100
    found = uploads.found(_directory(), text)
    assert isinstance(found, str) or found.resolve().is_relative_to(_directory().resolve())
    shown = names.shown(text)
    assert len(shown) <= names.NAME_LENGTH
    names.content_disposition("attachment", shown).encode("latin-1")
    assert re.fullmatch(r"[\w.-]+", names.stored(old_id, shown))
