"""GET and HEAD /api/files/{message}/{name}: who can, which part of it, and with which headers."""

from typing import Any

import aiohttp
import pytest

from tests.files.conftest import PNG, Bytes, Kept, fetch, uploaded
from tests.people import Community, Person

TEXT = bytes(range(32, 127)) * 20
SIZE = len(TEXT)


@pytest.fixture
async def file(community: Community, message: dict[str, Any]) -> dict[str, Any]:
    [found] = await uploaded(community.member, message["id"], ("notes.txt", TEXT))
    return found


async def test_it_works(community: Community, file: dict[str, Any]) -> None:
    found = await fetch(community.owner, file["url"])
    assert (found.status, found.body) == (200, TEXT)
    headers = found.headers
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["content-length"] == str(SIZE)
    assert headers["content-disposition"] == "attachment; filename=\"notes.txt\"; filename*=UTF-8''notes.txt"
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["accept-ranges"] == "bytes"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "sandbox" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_pictures_are_shown_inside(community: Community, message: dict[str, Any]) -> None:
    [file] = await uploaded(community.member, message["id"], ("a.png", PNG))
    found = await fetch(community.owner, file["url"])
    assert (found.body, found.headers["content-type"]) == (PNG, "image/png")
    assert found.headers["content-disposition"].startswith("inline; ")


RANGES: list[tuple[str, int, bytes | None]] = [
    ("bytes=0-9", 206, TEXT[:10]),
    ("bytes=5-", 206, TEXT[5:]),
    ("bytes=-7", 206, TEXT[-7:]),
    (f"bytes=-{SIZE + 5}", 206, TEXT),
    (f"bytes=10-{SIZE + 100}", 206, TEXT[10:]),
    (f"bytes={SIZE - 1}-", 206, TEXT[-1:]),
    (f"bytes={SIZE}-", 416, None),
    ("bytes=-0", 416, None),
    ("bytes=0-1,5-6", 200, TEXT),
    ("bytes=9-5", 200, TEXT),
    ("bytes=x-", 200, TEXT),
    ("bytes=-", 200, TEXT),
    ("lines=1-2", 200, TEXT),
]


@pytest.mark.parametrize(("wanted", "status", "content"), RANGES, ids=[wanted for wanted, _, _ in RANGES])
async def test_parts(
    community: Community, file: dict[str, Any], wanted: str, status: int, content: bytes | None
) -> None:
    found = await fetch(community.owner, file["url"], range=wanted)
    assert found.status == status
    if status == 416:
        assert found.headers["content-range"] == f"bytes */{SIZE}"
        assert b'"range_not_satisfiable"' in found.body
        return
    assert content is not None
    assert (found.body, found.headers["content-length"]) == (content, str(len(content)))
    assert ("content-range" in found.headers) == (status == 206)
    if status == 206:
        start = TEXT.index(content) if len(content) > 95 or wanted == "bytes=0-9" else SIZE - len(content)
        assert found.headers["content-range"] == f"bytes {start}-{start + len(content) - 1}/{SIZE}"


async def test_what_the_browser_has_is_not_sent_again(community: Community, file: dict[str, Any]) -> None:
    etag = (await fetch(community.owner, file["url"])).headers["etag"]
    for header in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        found = await fetch(community.owner, file["url"], if_none_match=header)
        assert (found.status, found.body, found.headers["etag"]) == (304, b"", etag)
        assert found.headers["cache-control"].startswith("private")
    assert (await fetch(community.owner, file["url"], if_none_match='"x"')).status == 200


async def test_a_part_of_another_version_is_no_part(community: Community, file: dict[str, Any]) -> None:
    etag = (await fetch(community.owner, file["url"])).headers["etag"]
    assert (await fetch(community.owner, file["url"], range="bytes=0-4", if_range=etag)).status == 206
    assert (await fetch(community.owner, file["url"], range="bytes=0-4", if_range='"x"')).status == 200


async def test_the_headers_alone(community: Community, file: dict[str, Any]) -> None:
    whole, head = await fetch(community.owner, file["url"]), await fetch(community.owner, file["url"], "HEAD")
    varying = {"date", "server", "x-request-id"}
    assert (head.status, head.body) == (200, b"")
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in whole.headers.items() if k not in varying
    }


async def test_thumbnails(community: Community, message: dict[str, Any]) -> None:
    [picture, text] = await uploaded(community.member, message["id"], ("a.png", PNG), ("a.txt", b"a"))
    found = await fetch(community.owner, picture["thumbnail_url"])
    assert (found.status, found.headers["content-type"]) == (200, "image/webp")
    assert found.headers["etag"] != (await fetch(community.owner, picture["url"])).headers["etag"]
    assert (await fetch(community.owner, text["url"] + "?size=thumbnail")).status == 404
    assert (await fetch(community.owner, picture["url"] + "?size=huge")).status == 400


async def with_cookie(person: Person, method: str, path: str, **headers: str) -> Bytes:
    """A request as a browser makes it for a picture: with the cookie of the session, and nothing else."""
    cookie = {"Cookie": f"coterie_session={person.token}", **headers}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as nobody,
        nobody.request(method, person.url + "/api" + path, headers=cookie) as response,
    ):
        return Bytes(response.status, await response.read(), dict(response.headers))


async def test_the_cookie_counts_for_files_and_for_nothing_that_changes(
    community: Community, message: dict[str, Any], file: dict[str, Any]
) -> None:
    assert (await with_cookie(community.owner, "GET", file["url"])).body == TEXT
    assert (await with_cookie(community.owner, "HEAD", file["url"])).status == 200
    assert (await with_cookie(community.outsider, "GET", file["url"])).status == 404
    assert (await with_cookie(community.owner, "GET", file["url"], **{"Sec-Fetch-Site": "cross-site"})).status == 401
    for method, path in [
        ("POST", f"/messages/{message['id']}/attachments"),
        ("GET", f"/messages/{message['id']}/attachments"),
        ("PUT", "/users/@me/avatar"),
        ("DELETE", "/users/@me/avatar"),
        ("PUT", f"/servers/{community.server}/icon"),
        ("POST", f"/servers/{community.server}/emojis"),
        ("DELETE", f"/messages/{message['id']}"),
    ]:
        assert (await with_cookie(community.member, method, path)).status == 401, (method, path)


async def test_nobody_and_outsiders(community: Community, file: dict[str, Any]) -> None:
    assert (await fetch(community.outsider, file["url"])).status == 404
    async with aiohttp.ClientSession() as nobody, nobody.get(f"{community.owner.url}/api{file['url']}") as response:
        assert response.status == 401


async def test_unknown_names(community: Community, file: dict[str, Any]) -> None:
    message = file["message_id"]
    for path in (f"/files/{message}/x", f"/files/{message}", f"/files/{community.server}/{file['url'][-10:]}"):
        assert (await fetch(community.owner, path)).status == 404
    assert (await fetch(community.owner, "/files/nothing/x")).status == 400


async def test_in_a_hidden_channel(community: Community, message: dict[str, Any], file: dict[str, Any]) -> None:
    hidden = {"user_id": community.member.id, "allow": 0, "deny": 1}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", hidden)
    for path in (file["url"], f"/messages/{message['id']}/attachments"):
        assert (await fetch(community.member, path)).status == 404
        assert (await fetch(community.owner, path)).status == 200


async def test_a_member_who_leaves(community: Community, file: dict[str, Any]) -> None:
    await community.member.expect(204, "DELETE", f"/api/servers/{community.server}/leave")
    assert (await fetch(community.member, file["url"])).status == 404


async def test_an_object_that_is_lost(community: Community, file: dict[str, Any], kept: Kept) -> None:
    [place] = kept.directory.rglob(file["id"])
    place.unlink()
    found = await fetch(community.owner, file["url"])
    assert (found.status, b'"not_found"' in found.body) == (404, True)


async def test_a_browser_may_show_a_pdf_and_nothing_else(community: Community, message: dict[str, Any]) -> None:
    """Not every browser opens a PDF under `sandbox`; everything else keeps it, also what only calls itself a PDF."""
    made = [("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), ("page.pdf", b"<!DOCTYPE html><script>1</script>")]
    report, page = await uploaded(community.member, message["id"], *made)
    shown = await fetch(community.owner, report["url"] + "?view=true")
    assert (shown.status, shown.body) == (200, made[0][1])
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"] == "inline; filename=\"report.pdf\"; filename*=UTF-8''report.pdf"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" not in shown.headers["content-security-policy"]
    assert "script-src" not in shown.headers["content-security-policy"]
    assert shown.headers["content-security-policy"].startswith("default-src 'none'; ")
    for path in (report["url"], page["url"] + "?view=true"):
        saved = await fetch(community.owner, path)
        assert saved.headers["content-disposition"].startswith("attachment; ")
        assert saved.headers["content-security-policy"].endswith("; sandbox")
    assert (await fetch(community.outsider, report["url"] + "?view=true")).status == 404
