"""Names of files, in responses, addresses and headers."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from coterie.files.names import EXECUTED, content_disposition, defused, shown, stored
from tests.files.conftest import fetch, uploaded
from tests.people import Community

ID = UUID("0192f0c1-2d3e-7abc-8def-0123456789ab")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("photo.png", "photo.png"),
        ("Grüße 世界.txt", "Grüße 世界.txt"),
        ('a "quoted" name.txt', 'a "quoted" name.txt'),
        ("two\r\nlines\0.txt", "two__lines_.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\u2066x\u2069.txt", "x.txt"),
        ("x" * 300, "x" * 255),
        ("  ", "file"),
        ("", "file"),
        (None, "file"),
        ("\ud800.txt", "_.txt"),
    ],
)
def test_the_name_that_people_see(given: str | None, expected: str) -> None:
    assert shown(given) == expected


@pytest.mark.parametrize(
    ("given", "mime_type", "expected"),
    [
        ("update.ps1", "text/plain", "update.ps1.txt"),
        ("SETUP.BAT", "text/plain", "SETUP.BAT.txt"),
        ("setup.bat. .", "text/plain", "setup.bat.txt"),
        ("page.hta", "audio/mpeg", "page.hta.mp3"),
        ("x" * 251 + ".cmd", "text/plain", "x" * 251 + ".txt"),
        (".js", "text/plain", ".js.txt"),
        ("js", "text/plain", "js"),
        ("table.xlsm", "application/zip", "table.xlsm.zip"),
        ("tool.vbs", "application/x-own", "tool.vbs.bin"),
        ("tool.py", "text/plain", "tool.py"),
        ("tool.pyw", "text/plain", "tool.pyw.txt"),
        ("build.sh", "text/plain", "build.sh"),
        ("rake.rb", "text/plain", "rake.rb"),
        ("setup.bat.txt", "text/plain", "setup.bat.txt"),
        ("notes.md", "text/plain", "notes.md"),
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("letter.doc", "application/x-ole-storage", "letter.doc"),
        ("Table.XLS", "application/x-ole-storage", "Table.XLS"),
        ("letter.doc", "application/zip", "letter.doc.zip"),
        ("letter.doc", "application/octet-stream", "letter.doc.bin"),
        ("setup.msi", "application/x-ole-storage", "setup.msi.bin"),
        ("update%2Eps1", "text/plain", "update%2Eps1.txt"),
        ("setup.b%61t", "text/plain", "setup.b%61t.txt"),
        ("page%252Ehtml", "text/plain", "page%252Ehtml.txt"),
        ("setup.bat%2e%20", "text/plain", "setup.bat%2e%20.txt"),
        ("letter%2Edoc", "application/x-ole-storage", "letter%2Edoc"),
        ("100%.txt", "text/plain", "100%.txt"),
        ("a%2Eb", "text/plain", "a%2Eb"),
        ("%ff%2e.md", "text/plain", "%ff%2e.md"),
    ],
)
def test_no_name_is_executed(given: str, mime_type: str, expected: str) -> None:
    assert defused(given, mime_type) == expected


def test_the_page_lists_the_endings_that_are_executed() -> None:
    page = (Path(__file__).parents[2] / "docs/protocol/executed-endings.md").read_text()
    listed = set(re.findall(r"`\.([a-z0-9-]+)`", page))
    assert listed == EXECUTED


async def test_what_a_double_click_would_run_is_saved_as_text(community: Community, message: dict[str, Any]) -> None:
    [file] = await uploaded(community.member, message["id"], ("update.ps1", b"Remove-Item -Recurse C:\\"))
    assert file["filename"] == "update.ps1.txt"
    served = await fetch(community.owner, file["url"])
    assert served.headers["content-disposition"] == content_disposition("attachment", "update.ps1.txt")


async def test_an_old_document_keeps_its_name(community: Community, message: dict[str, Any]) -> None:
    content = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)
    macros = content + "_VBA_PROJECT".encode("utf-16-le")
    files = await uploaded(
        community.member, message["id"], ("Größe.doc", content), ("sums.xls", content), ("run.xls", macros)
    )
    assert [file["filename"] for file in files] == ["Größe.doc", "sums.xls", "run.xls.bin"]
    served = await fetch(community.owner, files[1]["url"])
    assert served.headers["content-disposition"] == content_disposition("attachment", "sums.xls")
    assert served.headers["content-type"] == "application/x-ole-storage"
    assert served.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("a b.png", "a_b.png"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("q\"u'o?t#e%.txt", "q_u_o_t_e_.txt"),
        ("Grüße-世界_1.txt", "Grüße-世界_1.txt"),
        ("x" * 200, "x" * 128),
    ],
)
def test_the_name_in_the_address(filename: str, expected: str) -> None:
    assert stored(ID, filename) == f"{ID.hex}_{expected}"


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("photo.png", "inline; filename=\"photo.png\"; filename*=UTF-8''photo.png"),
        ('a "b".png', "inline; filename=\"a 'b'.png\"; filename*=UTF-8''a%20%22b%22.png"),
        ("世界.png", "inline; filename=\"__.png\"; filename*=UTF-8''%E4%B8%96%E7%95%8C.png"),
        ("../a\\b\r\n.png", "inline; filename=\".._a_b__.png\"; filename*=UTF-8''.._a_b__.png"),
        ("100%.png", "inline; filename=\"100_.png\"; filename*=UTF-8''100%25.png"),
        ("update%2Eps1", "inline; filename=\"update_2Eps1\"; filename*=UTF-8''update%252Eps1"),
    ],
)
def test_the_name_in_the_header(filename: str, expected: str) -> None:
    assert content_disposition("inline", filename) == expected


@pytest.mark.parametrize(
    "name", ['a "b".txt', "世界 &?#%.txt", "../up.txt", "photo\u202egnp.txt", "%2e%2e%2fx", "x" * 250]
)
async def test_every_name_leads_to_its_file(community: Community, message: dict[str, Any], name: str) -> None:
    [file] = await uploaded(community.member, message["id"], (name.replace('"', "%22"), name.encode()))
    assert file["filename"] == shown(name)
    found = await fetch(community.member, file["url"])
    assert (found.status, found.body) == (200, name.encode())


async def test_a_name_with_a_slash_leads_nowhere(community: Community, message: dict[str, Any]) -> None:
    [file] = await uploaded(community.member, message["id"], ("a.txt", b"a"))
    for path in (file["url"] + "/x", f"/files/{message['id']}/../{message['id']}/{file['url'].rpartition('/')[2]}/.."):
        assert (await fetch(community.member, path)).status == 404
