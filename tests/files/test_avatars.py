"""PUT and DELETE of an account's picture and a server's, and the address at which anyone can fetch them."""

import io
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.files.conftest import Kept, decoded, encoded, fetch
from tests.people import Answer, Community, Person
from tests.shapes import SERVER, USER, assert_shape

HALVES = Image.new("RGB", (600, 300), "red")
HALVES.paste("blue", (300, 0, 600, 300))


async def put(person: Person, path: str, content: bytes, field: str = "image") -> Answer:
    data = aiohttp.FormData()
    data.add_field(field, io.BytesIO(content), filename="me.png", content_type="image/png")
    return await person.call("PUT", path, data=data)


async def test_it_works(community: Community) -> None:
    owner = await community.owner.socket()
    answer = await put(community.member, "/api/users/@me/avatar", encoded(HALVES))
    assert answer.status == 200
    assert_shape(answer.body, USER)
    url = answer.body["avatar_url"]
    picture = await fetch(community.outsider, url.removeprefix("/api"))
    assert (picture.status, picture.headers["content-type"]) == (200, "image/webp")
    assert decoded(picture.body).size == (256, 256)
    async with aiohttp.ClientSession() as nobody, nobody.get(community.owner.url + url) as response:
        assert (response.status, await response.read()) == (200, picture.body)
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    update = await owner.wait_for_type("USER_UPDATE")
    assert update["d"]["avatar_url"] == url
    assert (await community.owner.expect(200, "GET", f"/api/users/{community.member.id}"))["avatar_url"] == url


async def test_the_old_picture_goes(community: Community, kept: Kept) -> None:
    path = "/api/users/@me/avatar"
    urls = [(await put(community.member, path, encoded(HALVES))).body["avatar_url"] for _ in range(2)]
    first, second = (url.rpartition("/")[2] for url in urls)
    await kept.is_removed(first)
    assert (await fetch(community.owner, f"/pictures/{first}")).status == 404
    assert (await fetch(community.owner, f"/pictures/{second}")).status == 200
    await community.member.expect(204, "DELETE", path)
    await community.member.expect(204, "DELETE", path)
    await kept.is_removed(second)
    assert (await community.member.expect(200, "GET", "/api/users/@me"))["avatar_url"] is None


async def test_a_profile_written_back_keeps_it_and_another_lets_it_go(community: Community, kept: Kept) -> None:
    url = (await put(community.member, "/api/users/@me/avatar", encoded(HALVES))).body["avatar_url"]
    await community.member.expect(200, "PATCH", "/api/users/@me", {"avatar_url": url, "bio": "new"})
    assert (await fetch(community.owner, url.removeprefix("/api"))).status == 200
    await community.member.expect(200, "PATCH", "/api/users/@me", {"avatar_url": "https://example.org/me.png"})
    await kept.is_removed(url.rpartition("/")[2])


async def test_the_icon_of_a_server(community: Community, kept: Kept) -> None:
    path = f"/api/servers/{community.server}/icon"
    member = await community.member.socket()
    assert (await put(community.member, path, encoded(HALVES))).status == 403
    assert (await put(community.outsider, path, encoded(HALVES))).status == 404
    answer = await put(community.owner, path, encoded(HALVES))
    assert_shape(answer.body, SERVER)
    url = answer.body["icon_url"]
    assert (await member.wait_for_type("SERVER_UPDATE"))["d"]["icon_url"] == url
    assert (await fetch(community.member, url.removeprefix("/api"))).status == 200
    assert (await community.member.delete(path)).status == 403
    await community.owner.expect(200, "PATCH", f"/api/servers/{community.server}", {"icon_url": url, "name": "New"})
    assert (await fetch(community.member, url.removeprefix("/api"))).status == 200
    await community.owner.expect(204, "DELETE", path)
    await kept.is_removed(url.rpartition("/")[2])
    assert (await community.owner.expect(200, "GET", f"/api/servers/{community.server}"))["icon_url"] is None


async def test_the_icon_goes_with_its_server(community: Community, kept: Kept) -> None:
    answer = await put(community.owner, f"/api/servers/{community.server}/icon", encoded(HALVES))
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}")
    await kept.is_removed(answer.body["icon_url"].rpartition("/")[2])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"just text", "file_type_not_allowed"),
        (b"%PDF-1.7 a document", "file_type_not_allowed"),
        (b"\x89PNG\r\n\x1a\n" + b"nothing of a picture", "unreadable_picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(11 * 1024 * 1024), "file_too_large"),
    ],
)
async def test_what_is_no_picture(community: Community, kept: Kept, content: bytes, code: str) -> None:
    answer = await put(community.member, "/api/users/@me/avatar", content)
    assert (answer.status, answer.code) == (400, code)
    assert await kept.owned(community.member) == []


async def test_a_form_without_a_picture(community: Community) -> None:
    answer = await put(community.member, "/api/users/@me/avatar", encoded(HALVES), field="picture")
    assert (answer.status, answer.code) == (400, "missing_part")
    huge = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(2**40)}
    async with community.member.http.put(
        community.member.url + "/api/users/@me/avatar",
        data=io.BytesIO(b"--x"),
        headers={**huge, "Authorization": f"Bearer {community.member.token}"},
        expect100=True,
    ) as response:
        body: dict[str, Any] = await response.json()
        assert (response.status, body["code"]) == (413, "too_large")
