"""GET and PATCH /api/instance"""

from typing import Any

import aiohttp
import pytest

from coterie.database.pool import OwnConnection
from tests.people import SETUP_CODE, Browser, Community, Person
from tests.serving import serving, settings_for

PATH = "/api/instance"


async def test_an_instance_is_set_up(database_url: str, http: aiohttp.ClientSession, pool: OwnConnection) -> None:
    async with serving(settings_for(database_url, COTERIE_SETUP_CODE=SETUP_CODE)) as server:
        browser = Browser(server.url, http)
        files = {"file_limit": 52428800, "upload_limit": 524353536, "files_per_message": 10, "types": None}
        empty = {
            "files": files,
            "name": None,
            "registration_mode": "open",
            "needs_setup": True,
            "needs_setup_code": True,
            "sends_mail": False,
            "has_passkeys": False,
        }
        assert await browser.expect(200, "GET", PATH) == empty
        first = await Person.register(browser, "operator", setup_code=SETUP_CODE)
        wanted = {"name": "The Lighthouse", "registration_mode": "invite_only"}
        done = {**wanted, "files": files, "needs_setup": False, "needs_setup_code": False}
        done |= {"sends_mail": False, "has_passkeys": False}
        assert await first.expect(200, "PATCH", PATH, wanted) == done
        assert await browser.expect(200, "GET", PATH) == done
        assert (await browser.post("/api/auth/register", {"username": "late", "password": "x" * 12})).status == 400
        (event,) = await pool.fetch("SELECT * FROM security_events WHERE type = 'admin.registration_mode_set'")
        assert str(event["actor_id"]) == first.id
        assert (await first.expect(200, "PATCH", PATH, {"name": None}))["name"] is None
        assert (await browser.expect(200, "GET", PATH))["registration_mode"] == "invite_only"


async def test_only_administrators_change_it(shared_community: Community, browser: Browser) -> None:
    before = await browser.expect(200, "GET", PATH)
    answer = await shared_community.member.patch(PATH, {"name": "Mine"})
    assert (answer.status, answer.code) == (403, "admins_only")
    assert (await browser.patch(PATH, {"name": "Mine"})).status == 401
    assert await browser.expect(200, "GET", PATH) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [({"name": ""}, 400), ({"name": "x" * 101}, 400), ({"registration_mode": "ajar"}, 422), ({"names": "x"}, 422)],
)
async def test_bodies_that_are_not_taken(community: Community, body: dict[str, Any], status: int) -> None:
    assert (await community.owner.patch(PATH, body)).status == status
