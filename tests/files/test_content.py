"""Files are what their bytes say: the allowed kinds are known by their marks, and everything else is refused."""

import zipfile
from io import BytesIO
from typing import Any

import pytest

from coterie import errors
from coterie.errors import CoterieError
from coterie.files.content import HEAD_BYTES, Judge
from tests.files.conftest import upload, uploaded
from tests.people import Community


def judged(content: bytes) -> str | None:
    """The type, or None if it is refused."""
    try:
        judge = Judge(content[:HEAD_BYTES])
        for start in range(0, len(content), 1000):
            judge.see(content[start : start + 1000])
        judge.see(b"", is_last=True)
    except CoterieError as error:
        return None if error.entry == errors.FILE_TYPE_NOT_ALLOWED else str(error)
    return judge.mime_type


def archive() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("word/document.xml", "<a/>")
    return target.getvalue()


MATROSKA = b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01"
ALLOWED = {
    "image/jpeg": [b"\xff\xd8\xff\xe0\0\x10JFIF\0"],
    "image/png": [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
    "image/gif": [b"GIF89a\1\0\1\0", b"GIF87a\1\0\1\0"],
    "image/webp": [b"RIFF\x10\0\0\0WEBPVP8 "],
    "video/mp4": [b"\0\0\0\x20ftypisom\0\0\2\0", b"\0\0\0\x18ftypmp42\0\0\0\0"],
    "video/webm": [MATROSKA + b"\x42\x82\x84webm" + bytes(20) + b"\x86\x85V_VP9" + b"\x86\x86A_OPUS"],
    "audio/webm": [MATROSKA + b"\x42\x82\x84webm" + bytes(20) + b"\x86\x86A_OPUS"],
    "audio/mpeg": [b"ID3\4\0\0\0\0\0\0", b"\xff\xfb\x90\0" + bytes(100), b"\xff\xf3\x40\0" + bytes(100)],
    "audio/ogg": [b"OggS\0\2" + bytes(22) + b"\x01\x13OpusHead", b"OggS\0\2" + bytes(22) + b"\x01\x1e\x01vorbis"],
    "application/pdf": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"],
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
REFUSED = {
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
    "ZIP": archive(),
    "an empty ZIP": b"PK\5\6" + bytes(18),
    "ELF": b"\x7fELF\2\1\1" + bytes(60),
    "a Windows program": b"MZ\x90\0\3\0\0\0",
    "WAV": b"RIFF\x24\0\0\0WAVEfmt ",
    "AVI": b"RIFF\x24\0\0\0AVI LIST",
    "M4A": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "MOV": b"\0\0\0\x14ftypqt  \0\0\0\0",
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0",
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


@pytest.mark.parametrize(("mime_type", "content"), [(kind, each) for kind, all in ALLOWED.items() for each in all])
def test_what_is_allowed(mime_type: str, content: bytes) -> None:
    assert judged(content) == mime_type


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    assert judged(REFUSED[name]) is None


async def test_what_the_sender_calls_it_does_not_count(community: Community, message: dict[str, Any]) -> None:
    answer = await upload(community.member, message["id"], ("picture.png", REFUSED["SVG"]))
    assert (answer.status, answer.code) == (400, "file_type_not_allowed")
    [file] = await uploaded(community.member, message["id"], ("page.html", b"just words"))
    assert file["mime_type"] == "text/plain"


async def test_text_is_judged_to_its_last_byte(community: Community, message: dict[str, Any]) -> None:
    answer = await upload(community.member, message["id"], ("long.txt", b"y" * 3_000_000 + b"\xff"))
    assert (answer.status, answer.code) == (400, "file_type_not_allowed")
