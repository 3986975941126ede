"""The bytes decide a file's type. Every file is accepted unless the operator chooses; unknown ones are only saved."""

import re
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest

from coterie.errors import CoterieError
from coterie.files.content import EVERY_TYPE, HEAD_BYTES, KNOWN, AcceptedTypes, Judge
from coterie.files.errors import FILE_TYPE_NOT_ALLOWED
from coterie.files.names import ENDINGS, content_disposition
from coterie.settings.uploads import KnownFileType
from tests.files.archives import DOCUMENTS, PLAIN, archive
from tests.files.conftest import PNG, fetch, upload, uploaded
from tests.people import Browser, Community, Person
from tests.serving import serving, settings_for


def judged(content: bytes, accepted: AcceptedTypes = EVERY_TYPE) -> str | None:
    """The type, or None if it is refused."""
    try:
        judge = Judge(content[:HEAD_BYTES], accepted)
        for start in range(0, len(content), 1000):
            judge.see(content[start : start + 1000])
        judge.see(b"", is_last=True)
    except CoterieError as error:
        return None if error.entry == FILE_TYPE_NOT_ALLOWED else str(error)
    return judge.mime_type


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MATROSKA = b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01"
TYPES = {
    "image/jpeg": [b"\xff\xd8\xff\xe0\0\x10JFIF\0"],
    "image/png": [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
    "image/gif": [b"GIF89a\1\0\1\0", b"GIF87a\1\0\1\0"],
    "image/webp": [b"RIFF\x10\0\0\0WEBPVP8 "],
    "video/mp4": [b"\0\0\0\x20ftypisom\0\0\2\0", b"\0\0\0\x18ftypmp42\0\0\0\0"],
    "video/webm": [MATROSKA + b"\x42\x82\x84webm" + bytes(20) + b"\x86\x85V_VP9" + b"\x86\x86A_OPUS"],
    "audio/webm": [MATROSKA + b"\x42\x82\x84webm" + bytes(20) + b"\x86\x86A_OPUS"],
    "audio/mpeg": [b"ID3\4\0\0\0\0\0\0", b"\xff\xfb\x90\0" + bytes(100), b"\xff\xf3\x40\0" + bytes(100)],
    "audio/ogg": [b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead", b"OggS\0\2" + bytes(22) + b"\x01\x1e\x01vorbis"],
    "audio/mp4": [b"\0\0\0\x20ftypM4A \0\0\0\0", b"\0\0\0\x20ftypM4B \0\0\0\0"],
    "audio/flac": [b"fLaC\0\0\0\x22"],
    "audio/wav": [b"RIFF\x24\0\0\0WAVEfmt "],
    "video/quicktime": [b"\0\0\0\x14ftypqt  \0\0\0\0qt  "],
    "image/heic": [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"],
    "application/pdf": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"],
    "application/x-ole-storage": [OLE + bytes(600), OLE + b"\0W\0o\0r\0d" * 900],
    "application/zip": list(PLAIN.values()),
    **{kind: [content] for kind, content in DOCUMENTS.items()},
    "text/plain": [
        b"hello",
        "Grüße, 世界 👋\n\tשלום".encode(),  # noqa: RUF001
        b"\xef\xbb\xbfwith a mark",
        b"x",
        b"a < b and c > d",
        b"<3 <3",
        b"import os  # a program, but text",
        b"\x1b[31mred\x1b[0m",
        b"y" * 5000 + "é".encode() * 3000,
    ],
}
SOURCES = {
    "HTML": b"<!DOCTYPE html><title>x</title>",
    "HTML after blanks": b"\n\t  <HTML>",
    "HTML after a mark": b"\xef\xbb\xbf<script>alert(1)</script>",
    "an HTML comment": b"<!-- x --><p>",
    "an element": b"<svg/onload=alert(1)>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg">',
    "XML": b'<?xml version="1.0"?><svg/>',
    "PHP": b"<?php echo 1;",
    "a shell script": b"#!/bin/sh\nrm -rf /",
    "PostScript": b"%!PS-Adobe-3.0",
    "RTF": b"{\\rtf1 hello}",
}
"""Text that something would execute."""

OTHERS = {
    "a ZIP without its end": archive("a.txt")[:-30],
    "a ZIP whose end is cut": archive("a.txt")[:-1],
    "a ZIP with much behind it": archive("a.txt") + bytes(100_000),
    "a ZIP behind something else": b"MZ\x90\0" + archive("a.txt"),
    "an empty ZIP": b"PK\5\6" + bytes(18),
    "the beginning of a ZIP": b"PK\3\4",
    "ELF": b"\x7fELF\2\1\1" + bytes(60),
    "a Windows program": b"MZ\x90\0\3\0\0\0",
    "AVI": b"RIFF\x24\0\0\0AVI LIST",
    "AVIF": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
    "a picture of the general brand": b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif",
    "an old Word document with macros": OLE + bytes(500) + "_VBA_PROJECT".encode("utf-16-le"),
    "RAR": b"Rar!\x1a\7\1\0",
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "Matroska": MATROSKA + b"\x42\x82\x88matroska" + bytes(20) + b"V_VP9",
    "Theora": b"OggS\0\2" + bytes(22) + b"\x01\x2a\x80theora",
    "BMP": b"BM\x36\0\0\0\0\0\0\0",
    "TIFF": b"II*\0\x08\0\0\0",
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0",
    "latin-1": "Grüße".encode("latin-1"),
    "UTF-16": "hello".encode("utf-16"),
    "text with a null": b"hello\0world",
    "text that ends in the middle of a letter": "é".encode()[:1],
    "text that turns into something else": b"y" * 100_000 + b"\xff\xfe",
    "a null far behind": b"y" * 100_000 + b"\0",
}


@pytest.mark.parametrize(("mime_type", "content"), [(kind, each) for kind, all in TYPES.items() for each in all])
def test_each_type_is_recognized(mime_type: str, content: bytes) -> None:
    assert judged(content) == mime_type


@pytest.mark.parametrize("name", [*SOURCES, *OTHERS])
def test_what_no_browser_may_show_is_of_a_type_that_it_saves(name: str) -> None:
    expected = "text/x-source" if name in SOURCES else "application/octet-stream"
    assert judged((SOURCES | OTHERS)[name]) == expected
    known = AcceptedTypes.read([], ["application/octet-stream", "text/x-source"])
    assert judged((SOURCES | OTHERS)[name], known) is None


async def test_what_the_sender_calls_it_does_not_count(community: Community, message: dict[str, Any]) -> None:
    [drawing] = await uploaded(community.member, message["id"], ("picture.png", SOURCES["SVG"]))
    assert drawing["mime_type"] == "text/x-source"
    assert drawing["thumbnail_url"] is None
    [page] = await uploaded(community.member, message["id"], ("page.html", b"just words"))
    assert page["mime_type"] == "text/plain"


async def test_text_is_judged_to_its_last_byte(community: Community, message: dict[str, Any]) -> None:
    [file] = await uploaded(community.member, message["id"], ("long.txt", b"y" * 3_000_000 + b"\xff"))
    assert file["mime_type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "content", "saved_as"),
    [
        ("page.html", SOURCES["HTML"], "page.html.txt"),
        ("logo.svg", SOURCES["SVG"], "logo.svg.txt"),
        ("build", SOURCES["a shell script"], "build"),
        ("setup.exe", OTHERS["a Windows program"], "setup.exe.bin"),
        ("system.iso", bytes(1000), "system.iso.bin"),
        ("photos.7z", OTHERS["7z"], "photos.7z"),
    ],
)
async def test_nothing_of_a_file_can_run_where_it_is_opened(
    community: Community, message: dict[str, Any], name: str, content: bytes, saved_as: str
) -> None:
    [file] = await uploaded(community.member, message["id"], (name, content))
    found = await fetch(community.owner, file["url"])
    assert (found.status, found.body, file["filename"]) == (200, content, saved_as)
    assert found.headers["content-disposition"] == content_disposition("attachment", saved_as)
    assert found.headers["content-type"].partition(";")[0] in ("application/octet-stream", "text/x-source")
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"].endswith("; sandbox")


def test_every_list_has_the_same_types() -> None:
    """Those that are recognized, those that the operator can refuse, the endings, the page, and these tests."""
    assert KNOWN == set(get_args(KnownFileType)) == ENDINGS.keys()
    assert TYPES.keys() | {"text/x-source", "application/octet-stream"} == KNOWN
    page = (Path(__file__).parents[2] / "docs/protocol/files.md").read_text()
    rows = re.findall(r"^\| [^|]+ \| (`\w+/[^|]+`) \|", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+/[\w.+-]+)`", " ".join(rows))) == KNOWN


def test_what_the_operator_adds() -> None:
    added = ["application/gzip=1f8b", "application/x-tar=257:7573746172", "application/x-own=0:89504E47"]
    accepted = AcceptedTypes.read(added, [])
    assert judged(OTHERS["gzip"], accepted) == "application/gzip"
    assert judged(bytes(257) + b"ustar\0" + bytes(200), accepted) == "application/x-tar"
    assert judged(PNG, accepted) == "image/png", "a known type is not replaced"
    assert judged(OTHERS["7z"], accepted) == "application/octet-stream"
    assert judged(b"text", accepted) == "text/plain"
    assert accepted.listed is None


def test_what_the_operator_refuses() -> None:
    accepted = AcceptedTypes.read([], ["application/zip", "video/quicktime", "text/plain"])
    assert {name: judged(content, accepted) for name, content in PLAIN.items()} == dict.fromkeys(PLAIN)
    assert [judged(content, accepted) for content in DOCUMENTS.values()] == list(DOCUMENTS)
    assert judged(TYPES["video/quicktime"][0], accepted) is None
    assert judged(b"text", accepted) is None
    assert judged(PNG, accepted) == "image/png"
    assert set(accepted.listed or []) == KNOWN - {"application/zip", "video/quicktime", "text/plain"}


def test_what_the_operator_accepts_alone() -> None:
    accepted = AcceptedTypes.read(["application/gzip=1f8b"], ["image/png"], ["image/png", "image/gif", "text/plain"])
    assert accepted.listed == ["application/gzip", "image/gif", "text/plain"]
    assert judged(OTHERS["gzip"], accepted) == "application/gzip"
    assert judged(b"text", accepted) == "text/plain"
    for content in (PNG, SOURCES["HTML"], OTHERS["7z"], b"y" * 100_000 + b"\xff", PLAIN["files"]):
        assert judged(content, accepted) is None


@pytest.mark.parametrize("name", ["_VBA_PROJECT", "_vba_Project"])
@pytest.mark.parametrize("before", [100, 990, 995, 5000])
def test_an_old_document_with_macros_is_unknown(name: str, before: int) -> None:
    """Wherever the name is, also across the pieces in which a file arrives."""
    assert judged(OLE + bytes(before) + name.encode("utf-16-le") + bytes(300)) == "application/octet-stream"
    assert judged(OLE + bytes(before) + name.encode() + bytes(300)) == "application/x-ole-storage"


@pytest.mark.parametrize("kind", sorted(KNOWN - {"image/jpeg", "image/gif", "image/webp"}))
async def test_how_each_type_is_served(community: Community, message: dict[str, Any], kind: str) -> None:
    examples = {"image/png": PNG, "text/x-source": SOURCES["HTML"], "application/octet-stream": OTHERS["7z"]}
    content = examples.get(kind) or TYPES[kind][0]
    [file] = await uploaded(community.member, message["id"], ("a", content))
    assert (file["mime_type"], file["file_size"]) == (kind, len(content))
    found = await fetch(community.owner, file["url"])
    assert (found.status, found.body) == (200, content)
    assert found.headers["content-type"].partition(";")[0] == kind
    is_shown = kind.startswith(("audio/", "image/", "video/")) and kind != "image/heic"
    assert found.headers["content-disposition"].partition(";")[0] == ("inline" if is_shown else "attachment")
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"].endswith("; sandbox")


async def test_macros_get_the_ending_of_an_archive(community: Community, message: dict[str, Any]) -> None:
    macros = PLAIN["a Word document with macros"]
    names = ("report.docm", "report.doc", "report.docx", "addon.xpi")
    found = await uploaded(community.member, message["id"], *((name, macros) for name in names))
    assert {file["mime_type"] for file in found} == {"application/zip"}
    expected = ["report.docm.zip", "report.doc.zip", "report.docx", "addon.xpi.zip"]
    assert [file["filename"] for file in found] == expected
    word = DOCUMENTS["application/vnd.openxmlformats-officedocument.wordprocessingml.document"]
    [plain] = await uploaded(community.member, message["id"], ("report.doc", word))
    assert plain["filename"] == "report.doc.docx"


async def test_the_operators_choice_is_applied(database_url: str, http: aiohttp.ClientSession, tmp_path: Path) -> None:
    settings = settings_for(
        database_url,
        UPLOAD_DIR=str(tmp_path),
        COTERIE_FILE_TYPES_ADDED="image/x-own=4f574e, application/gzip=1f8b",
        COTERIE_FILE_TYPES_REFUSED="application/zip",
    )
    async with serving(settings) as server:
        person = await Person.register(Browser(server.url, http))
        types = (await person.expect(200, "GET", "/api/instance"))["files"]["types"]
        assert "image/x-own" in types
        assert "application/zip" not in types
        made = (await person.expect(201, "POST", "/api/servers", {"name": "Club"}))["id"]
        channel = await person.expect(201, "POST", f"/api/servers/{made}/channels", {"name": "general", "type": "text"})
        message = (await person.send(channel["id"], "look"))["id"]
        answer = await upload(person, message, ("a.zip", PLAIN["files"]))
        assert (answer.status, answer.code) == (400, "file_type_not_allowed")
        assert answer.body["fields"].keys() == {"a.zip"}
        [own, packed] = await uploaded(person, message, ("a.own", b"OWN <script>"), ("run.exe", b"\x1f\x8b\x08"))
        assert (own["mime_type"], packed["mime_type"]) == ("image/x-own", "application/gzip")
        assert packed["filename"] == "run.exe.bin"
        served = await fetch(person, own["url"])
        assert served.headers["content-disposition"] == content_disposition("attachment", "a.own")
        assert served.headers["content-type"] == "image/x-own"
