"""The routes of custom emoji: who can create them, what is accepted, and that anyone can fetch the pictures."""

import asyncio
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.files.conftest import Kept, decoded, encoded, fetch
from tests.people import Answer, Community, Person
from tests.shapes import Shape, assert_shape, is_integer, is_text, is_time, is_uuid, nullable

EMOJI: Shape = {
    "id": is_uuid,
    "server_id": is_uuid,
    "created_by": nullable(is_uuid),
    "name": is_text,
    "url": is_text,
    "content_type": is_text,
    "file_size": is_integer,
    "created_at": is_time,
}
SMILE = encoded(Image.new("RGBA", (300, 200), (255, 0, 0, 128)))


async def create(person: Person, server: str, name: str, content: bytes = SMILE, **options: Any) -> Answer:
    data = aiohttp.FormData()
    data.add_field("name", name.encode() if options else name, **options)
    data.add_field("image", content, filename="smile.png", content_type="image/png")
    return await person.call("POST", f"/api/servers/{server}/emojis", data=data)


async def test_it_works(community: Community) -> None:
    member, outsider = await community.member.socket(), await community.outsider.socket()
    answer = await create(community.owner, community.server, "smile")
    assert answer.status == 201
    emoji = answer.body
    assert_shape(emoji, EMOJI)
    assert (emoji["name"], emoji["url"], emoji["created_by"]) == (
        "smile",
        f"/emojis/{emoji['id']}",
        community.owner.id,
    )
    assert (await member.wait_for_type("CUSTOM_EMOJI_CREATE"))["d"] == emoji
    assert await community.member.expect(200, "GET", f"/api/servers/{community.server}/emojis") == [emoji]
    structure = await community.member.expect(200, "GET", f"/sync/servers/{community.server}")
    assert structure[f"emojis/{emoji['id']}"] == emoji
    await outsider.settle()
    assert not outsider.of("CUSTOM_EMOJI_CREATE")


async def test_anybody_fetches_the_picture_at_both_places(community: Community) -> None:
    emoji = (await create(community.owner, community.server, "smile")).body
    async with aiohttp.ClientSession() as nobody:
        for path in (emoji["url"], "/api" + emoji["url"]):
            async with nobody.get(community.owner.url + path) as response:
                content = await response.read()
                assert response.status == 200
                assert response.headers["cache-control"] == "public, max-age=86400"
                assert response.headers["content-type"] == emoji["content_type"] == "image/webp"
                assert response.headers["x-content-type-options"] == "nosniff"
                assert len(content) == emoji["file_size"]
        assert decoded(content).size == (128, 85)
        async with nobody.get(f"{community.owner.url}/emojis/{community.server}") as response:
            assert response.status == 404


async def test_removing(community: Community, kept: Kept) -> None:
    member = await community.member.socket()
    emoji = (await create(community.owner, community.server, "smile")).body
    path = f"/api/servers/{community.server}/emojis/{emoji['id']}"
    assert (await community.member.delete(path)).status == 403
    assert (await community.outsider.delete(path)).status == 404
    await community.owner.expect(204, "DELETE", path)
    gone = await member.wait_for_type("CUSTOM_EMOJI_DELETE")
    assert gone["d"] == {"server_id": community.server, "emoji_id": emoji["id"]}
    assert (await community.owner.delete(path)).status == 404
    assert (await fetch(community.owner, emoji["url"])).status == 404
    await kept.is_removed(emoji["id"])
    structure = await community.member.expect(200, "GET", f"/sync/servers/{community.server}")
    assert f"emojis/{emoji['id']}" not in structure
    assert (await create(community.owner, community.server, "smile")).status == 201


async def test_an_emoji_of_another_server_is_not_there(community: Community) -> None:
    emoji = (await create(community.owner, community.server, "smile")).body
    other = (await community.owner.expect(201, "POST", "/api/servers", {"name": "Other"}))["id"]
    assert (await community.owner.delete(f"/api/servers/{other}/emojis/{emoji['id']}")).status == 404


async def test_they_go_with_their_server(community: Community, kept: Kept) -> None:
    emoji = (await create(community.owner, community.server, "smile")).body
    await community.owner.expect(204, "DELETE", f"/api/servers/{community.server}")
    await kept.is_removed(emoji["id"])


async def test_who_may_not(community: Community, kept: Kept) -> None:
    assert (await create(community.member, community.server, "smile")).status == 403
    assert (await create(community.outsider, community.server, "smile")).status == 404
    assert (await community.outsider.get(f"/api/servers/{community.server}/emojis")).status == 404
    for person in (community.member, community.outsider):
        assert await kept.owned(person) == []


@pytest.mark.parametrize("name", ["", "Smile", "a b", "x" * 33, "smile\n.", "é"])
async def test_names_that_are_none(community: Community, name: str) -> None:
    answer = await create(community.owner, community.server, name)
    assert (answer.status, answer.code) == (400, "invalid")
    assert "name" in answer.body["fields"]


async def test_a_name_is_there_once(community: Community, kept: Kept) -> None:
    first = (await create(community.owner, community.server, "a-b_1")).body
    answer = await create(community.owner, community.server, "a-b_1")
    assert (answer.status, answer.code) == (400, "emoji_name_taken")
    for file in await kept.owned(community.owner):
        if file != first["id"]:
            await kept.is_removed(file)


async def test_some_clients_send_the_name_as_a_file_without_a_name(community: Community) -> None:
    answer = await create(community.owner, community.server, "smile", filename="", content_type="text/plain")
    assert answer.status == 201
    assert answer.body["name"] == "smile"


async def test_pictures_that_are_none(community: Community) -> None:
    for content, code in [
        (b"", "empty_file"),
        (b"just text", "file_type_not_allowed"),
        (b"GIF89a nothing of a picture", "unreadable_picture"),
        (SMILE + bytes(262_145 - len(SMILE)), "file_too_large"),
    ]:
        answer = await create(community.owner, community.server, "smile", content)
        assert (answer.status, answer.code) == (400, code)


async def test_both_parts_are_needed(community: Community) -> None:
    for field, missing in [("name", "image"), ("image", "name")]:
        data = aiohttp.FormData()
        data.add_field(field, SMILE if field == "image" else b"smile", filename="x")
        answer = await community.owner.call("POST", f"/api/servers/{community.server}/emojis", data=data)
        assert (answer.status, answer.code) == (400, "missing_part")
        assert list(answer.body["fields"]) == [missing]


async def test_animations_stay_animated(community: Community) -> None:
    frames = [Image.new("RGB", (200, 200), colour) for colour in ("red", "green", "blue")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=[50, 60, 70])
    emoji = (await create(community.owner, community.server, "party", moving)).body
    picture = decoded((await fetch(community.owner, emoji["url"])).body)
    assert (getattr(picture, "n_frames", 1), picture.size) == (3, (128, 128))


async def test_too_many_frames(community: Community) -> None:
    frames = [Image.new("RGB", (8, 8), (number, 0, 0)) for number in range(151)]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=20)
    answer = await create(community.owner, community.server, "party", moving)
    assert answer.code == "unreadable_picture"


@pytest.fixture
async def almost_full(community: Community, kept: Kept) -> Community:
    """A server with space for one more."""
    await kept.rows.execute(
        """
        INSERT INTO custom_emojis (id, server_id, name, content_type, file_size, created_at)
        SELECT gen_random_uuid(), $1, 'emoji' || number, 'image/webp', 1, now()
        FROM generate_series(1, 49) AS number
        """,
        community.server,
    )
    return community


async def test_at_most_fifty_however_many_come_at_once(almost_full: Community) -> None:
    community = almost_full
    answers = await asyncio.gather(
        *(create(community.owner, community.server, f"smile{number}") for number in range(4))
    )
    assert sorted(answer.status for answer in answers) == [201, 400, 400, 400]
    assert {answer.code for answer in answers if answer.status == 400} == {"too_many_emojis"}
