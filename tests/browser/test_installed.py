"""The client without a network: installable, served by its service worker, replaced by a newer build when wanted."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from coterie.http.static_files import DIRECTORY, StaticFiles
from tests.browser.cable import cable
from tests.browser.conftest import Visit, inside
from tests.browser.test_offline import everything, keeps
from tests.people import Community
from tests.serving import LiveServer, serving

CACHED = """async () => {
    const found = [];
    for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
    return found;
}"""


async def cached(page: Page) -> list[str]:
    """The paths that the caches hold, once the service worker is ready."""
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    paths: list[str] = await page.evaluate(CACHED)
    return paths


async def test_without_a_network_it_opens_with_the_last_messages(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place)
    await community.owner.send(community.channel, "said before the tunnel")
    await member.sees("said before the tunnel")
    await keeps(member.page, "said before the tunnel")
    await cached(member.page)
    await member.page.context.set_offline(True)
    await member.page.reload()
    await member.sees("said before the tunnel")
    await expect(member.channel("general")).to_be_visible()
    await member.say("written in the tunnel")
    await expect(member.message("written in the tunnel")).to_contain_text("You're offline. This will be sent")
    await member.page.reload()
    await expect(member.message("written in the tunnel")).to_contain_text("You're offline. This will be sent")
    await member.page.context.set_offline(False)
    await member.page.evaluate("dispatchEvent(new Event('online'))")
    await member.sent("written in the tunnel")
    page = await community.member.expect(200, "GET", f"/api/channels/{community.channel}/messages")
    assert [each["content"] for each in page] == ["written in the tunnel", "said before the tunnel"]


@pytest.mark.extended("test_logging_out_leaves_nothing_for_the_next_one looks into every store")
async def test_the_caches_hold_the_program_and_nothing_of_a_person(visit: Visit, community: Community) -> None:
    member = await visit(community.member, place=community.place)
    await community.owner.send(community.channel, "for members only")
    await member.sees("for members only")
    await cached(member.page)
    await member.page.reload()  # from now on the service worker sees what is asked for
    await member.sees("for members only")
    await member.open_channel("general")
    paths = await cached(member.page)
    assert "/" in paths
    assert any(path.startswith("/assets/index") and path.endswith(".js") for path in paths)
    assert not [path for path in paths if path != "/" and not path.startswith("/assets/")]
    assert await member.page.evaluate("navigator.serviceWorker.controller !== null")
    await member.log_out()
    await expect(member.button("Log in")).to_be_visible()
    left = await everything(member.page)
    for trace in ("for members only", community.member.username, community.server):
        assert trace not in left


async def test_it_can_be_installed(visit: Visit) -> None:
    visitor = await visit()
    session = await visitor.page.context.new_cdp_session(visitor.page)
    manifest = await session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    told = json.loads(manifest["data"])
    assert {icon.get("purpose", "any") for icon in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        answer = await visitor.page.request.get(visitor.url + icon["src"])
        assert answer.status == 200
        assert answer.headers["content-type"] == icon["type"]
    problems = await session.send("Page.getInstallabilityErrors")
    assert [each["errorId"] for each in problems["installabilityErrors"] if each["errorId"] != "in-incognito"] == []


async def test_a_newer_build_waits_until_it_is_wanted(
    visit: Visit, live_server: LiveServer, community: Community, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cable(live_server.url) as line:
        member = await inside(await visit(community.member, url=line.url))
        await cached(member.page)
        await member.page.reload()
        await member.composer().fill("half a thought")
        await keeps(member.page, "half a thought")
        newer = shutil.copytree(DIRECTORY, tmp_path / "newer")
        [large] = (newer / "assets").glob("DocumentView-*.js")
        await member.page.evaluate("path => fetch(path).then(answer => answer.text())", f"/assets/{large.name}")
        renamed = large.rename(large.with_name("DocumentView-00000000.js")).name
        script = (newer / "sw.js").read_text().replace(large.name, renamed)
        (newer / "sw.js").write_text(script.replace('"version":"', '"version":"newer-', 1))
        for copy in newer.glob("sw.js.*"):
            copy.unlink()
        monkeypatch.setattr("coterie.application.StaticFiles", lambda: StaticFiles(newer))
        async with serving(live_server.settings) as upgraded:
            line.cut()
            line.server_port = int(upgraded.url.rpartition(":")[2])
            line.mend()
            await member.page.evaluate("dispatchEvent(new Event('online'))")
            await expect(member.page.get_by_text("A new version of Coterie is available.")).to_be_visible()
            assert len(await names(member.page)) == 2, "the older one is used until the newer one is wanted"
            await member.button("Reload").click()
            await expect(member.page.get_by_text("A new version of Coterie is available.")).to_have_count(0)
            await expect(member.composer()).to_have_value("half a thought")
            [name] = await names(member.page)
            assert "newer-" in name
            assert f"/assets/{renamed}" in await cached(member.page), "what was used before is at hand again"


async def names(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("caches.keys()")
    return found
