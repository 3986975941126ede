"""What was written in a document reaches the server, whatever ends meanwhile, or remains available."""

import asyncio
import contextlib
import re
import signal
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Route, expect

from tests.browser import test_killed
from tests.browser.cable import Cable, cable
from tests.browser.conftest import Visit, inside
from tests.browser.documents import Writer, begin, opened, stored, until
from tests.browser.test_installed import cached
from tests.browser.test_killed import Profile, fresh_token, restart
from tests.browser.test_offline import everything
from tests.browser.visitor import Visitor
from tests.conftest import new_database
from tests.laws.world import Server, servers
from tests.people import Browser, Community, Person
from tests.serving import LiveServer, gather_community

pytestmark = pytest.mark.extended(
    "editing together; tests/documents and the laws test it over sockets, and test_documents in a browser"
)

profile = test_killed.profile
NOT_TAKEN = re.compile("^Your last changes weren't saved")

RECORDS = """async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name);
    if (!names.includes("coterie-documents")) return "[]";
    return new Promise(resolve => {
        const opening = indexedDB.open("coterie-documents");
        opening.onsuccess = () => {
            const request = opening.result.transaction("unsent").objectStore("unsent").getAll();
            request.onsuccess = () => { opening.result.close(); resolve(JSON.stringify(request.result)); };
        };
    });
}"""


@pytest.fixture
async def document(community: Community) -> str:
    return await begin(community.owner, community.channel, "one\ntwo\n")


@pytest.fixture
async def line(live_server: LiveServer) -> AsyncIterator[Cable]:
    async with cable(live_server.url) as made:
        yield made


async def is_kept(page: Page, text: str) -> None:
    """It is in the browser's storage as something that the server may not have."""
    await until(lambda: page.evaluate(RECORDS), lambda kept: text in kept)


async def is_shelved(page: Page, title: str) -> None:
    """A text can be read again without a network."""
    find = re.compile(r'"title":"' + title + r'","epoch":"[^}]*"document":\{.*"isRead":true')
    await until(lambda: page.evaluate(RECORDS), lambda kept: find.search(kept) is not None)


async def held(page: Page) -> str:
    """The parts of the program that are available without a network."""
    return " ".join(await cached(page))


async def come_back(page: Page) -> None:
    """Instead of waiting for the next attempt."""
    await page.evaluate("dispatchEvent(new Event('online'))")


async def on(server: Server, http: aiohttp.ClientSession) -> Community:
    return await gather_community(lambda name: Person.register(Browser(server.url, http), name))


async def test_the_server_is_killed_while_a_user_types(visit: Visit, database_url: str) -> None:
    async with servers(database_url, 1) as [server], aiohttp.ClientSession() as http:
        community = await on(server, http)
        document = await begin(community.owner, community.channel)
        ann = await opened(await inside(await visit(community.member, url=server.url)))
        await ann.types("before, ")
        for round in range(2):
            words = "".join(f"{round}-{number} " for number in range(30))
            typing = asyncio.create_task(ann.types(words, "Control+End"))
            await ann.sees(f"{round}-5 ")
            await restart(server)
            await typing
        await come_back(ann.visitor.page)
        await ann.is_saved()
        expected = "before, " + "".join(f"{round}-{number} " for round in range(2) for number in range(30))
        assert await ann.text() == expected
        community.member.token = await fresh_token(server, http, community.member)
        assert await stored(community.member, document) == expected


async def test_a_backup_is_restored_while_a_user_writes_offline(
    visit: Visit, database_url: str, cluster_url: str
) -> None:
    async with servers(database_url, 1) as [server], aiohttp.ClientSession() as http, cable(server.url) as line:
        community = await on(server, http)
        document = await begin(community.owner, community.channel, "kept by the backup. ")
        ann = await opened(await inside(await visit(community.member, url=line.url)))
        await server.end(signal.SIGKILL)
        async with new_database(cluster_url, urlsplit(database_url).path[1:]) as backup:
            await server.start()
            await come_back(ann.visitor.page)
            await ann.types("Lost by the restore. ", "Control+End")
            await ann.is_saved()
            line.cut()
            await ann.is_away()
            await ann.inserts("Written offline.", "Control+End")
            await is_kept(ann.visitor.page, "Written offline.")
            await server.end(signal.SIGKILL)
            server.database_url = backup
            await server.start()
            line.mend()
            await come_back(ann.visitor.page)
            await until(ann.text, lambda text: text == "kept by the backup. Written offline.")
            await ann.is_saved()
            community.member.token = await fresh_token(server, http, community.member)
            assert await stored(community.member, document) == "kept by the backup. Written offline."
            await server.end(signal.SIGKILL)
            ann.visitor.complaints.clear()  # that the server did not know what the lost edit builds on


async def test_an_edit_whose_answer_was_lost_is_in_the_backup_that_is_restored(
    visit: Visit, database_url: str, cluster_url: str
) -> None:
    async with servers(database_url, 1) as [server], aiohttp.ClientSession() as http:
        community = await on(server, http)
        document = await begin(community.owner, community.channel, "one ")
        ann = await opened(await inside(await visit(community.member, url=server.url)))
        page = ann.visitor.page

        async def lose_the_answer(route: Route) -> None:
            if route.request.method == "PUT":
                with contextlib.suppress(PlaywrightError):
                    await route.fetch()
                await route.abort()
            else:
                await route.fallback()

        await page.route("**/sync/documents/**", lose_the_answer)
        await ann.inserts("two", "Control+End")
        await until(lambda: stored(community.owner, document), lambda text: text == "one two")
        await is_kept(page, "two")
        await server.end(signal.SIGKILL)
        async with new_database(cluster_url, urlsplit(database_url).path[1:]) as backup:
            server.database_url = backup
            await server.start()
            await page.unroute("**/sync/documents/**")
            await come_back(page)
            await ann.is_saved()
            await until(ann.text, lambda text: text == "one two")
            community.member.token = await fresh_token(server, http, community.member)
            assert await stored(community.member, document) == "one two"
            await server.end(signal.SIGKILL)


async def test_the_browser_is_closed_and_killed_with_unsent_edits(
    profile: Profile, line: Cable, community: Community, document: str
) -> None:
    first = await profile.open(line.url)
    await first.log_in(community.member.username)
    ann = await opened(await inside(first))
    await ann.sees("one")
    place = first.page.url
    await cached(first.page)
    line.cut()
    await ann.inserts("never sent, ", "Control+Home")
    await is_kept(first.page, "never sent, ")
    await profile.close()
    ann = Writer(await profile.open(place))
    await ann.sees("never sent, one")
    await ann.inserts("nor this, ", "Control+Home")
    await is_kept(ann.visitor.page, "nor this, ")
    await profile.kill()
    ann = Writer(await profile.open(place))
    await ann.sees("nor this, never sent, one")
    line.mend()
    await come_back(ann.visitor.page)
    await ann.is_saved()
    assert await ann.text() == "nor this, never sent, one\ntwo\n"
    assert await stored(community.member, document) == "nor this, never sent, one\ntwo\n"


async def test_a_closed_page_leaves_its_edits_to_the_next(visit: Visit, community: Community, document: str) -> None:
    ann = await opened(await visit(community.member, place=community.place))
    page = ann.visitor.page

    async def lose(route: Route) -> None:
        await (route.abort() if route.request.method == "PUT" else route.fallback())

    await page.route("**/sync/documents/**", lose)
    await ann.inserts("left behind, ", "Control+Home")
    await is_kept(page, "left behind, ")
    other = Visitor(await page.context.new_page(), ann.visitor.url)
    await other.page.goto(other.url)
    await expect(other.button("Club: server menu")).to_be_visible()
    await page.close()
    reading = lambda: stored(community.owner, document)  # noqa: E731
    await until(reading, lambda text: text == "left behind, one\ntwo\n")


WRITE_AND_LEAVE = """(box, text) => {
    const view = box.cmTile.root.view;
    for (const letter of text) view.dispatch({ changes: { from: view.state.doc.length, insert: letter } });
    location.reload();
}"""


async def test_a_page_that_is_loaded_again_with_the_last_letter_keeps_it(
    member: Visitor, community: Community, document: str
) -> None:
    ann = await opened(member)
    await until(lambda: held(member.page), lambda paths: "/assets/DocumentView-" in paths)
    await member.page.context.set_offline(True)
    await ann.inserts("0; ", "Control+End")
    await is_kept(member.page, "0; ")
    for round in range(1, 6):
        await ann.box.evaluate(WRITE_AND_LEAVE, f"{round}; ")
        await ann.sees("one\ntwo\n", f"{round}; ")
        await ann.is_away()
    await online(member)
    await ann.is_saved()
    assert await stored(community.owner, document) == "one\ntwo\n0; 1; 2; 3; 4; 5; "
    member.complaints.clear()


async def offline(visitor: Visitor, ann: Writer) -> None:
    await visitor.page.context.set_offline(True)
    await ann.inserts("offline, ", "Control+Home")
    await ann.is_away()
    await is_kept(visitor.page, "offline, ")


async def online(visitor: Visitor) -> None:
    await visitor.page.context.set_offline(False)
    await come_back(visitor.page)


async def test_archived_while_offline_edits_wait(member: Visitor, community: Community, document: str) -> None:
    ann = await opened(member)
    await ann.types("", "Control+Home")
    await offline(member, ann)
    await community.owner.expect(200, "PATCH", f"/api/documents/{document}", {"is_archived": True})
    await online(member)
    banner = member.page.get_by_role("alert").filter(has_text=NOT_TAKEN)
    await expect(banner).to_be_visible()
    await expect(ann.box).to_have_attribute("aria-readonly", "true")
    assert await ann.text() == "offline, one\ntwo\n"
    await member.button("Back to #general").click()
    await expect(member.composer()).to_be_visible()
    await community.owner.expect(200, "PATCH", f"/api/documents/{document}", {"is_archived": False})
    ann = await opened(member)
    await ann.is_saved()
    await until(lambda: stored(community.owner, document), lambda text: text == "offline, one\ntwo\n")
    member.complaints.clear()  # the browser itself says that the edit was refused


async def test_what_is_not_taken_can_be_discarded(member: Visitor, community: Community, document: str) -> None:
    ann = await opened(member)
    await ann.types("", "Control+Home")
    await offline(member, ann)
    await community.owner.expect(200, "PATCH", f"/api/documents/{document}", {"is_archived": True})
    await online(member)
    await member.button("Discard my changes").click()
    await until(ann.text, lambda text: text == "one\ntwo\n")
    await expect(member.page.get_by_text("This document is archived.")).to_be_visible()
    await member.page.reload()
    await until(ann.text, lambda text: text == "one\ntwo\n")
    member.complaints.clear()


async def test_deleted_while_offline_edits_wait(member: Visitor, community: Community, document: str) -> None:
    ann = await opened(member)
    await ann.types("", "Control+Home")
    await offline(member, ann)
    await community.owner.expect(204, "DELETE", f"/api/documents/{document}")
    await online(member)
    await expect(
        member.page.get_by_text("This document was deleted, or you no longer have access to it.")
    ).to_be_visible()
    await expect(member.button("Copy my text")).to_be_visible()
    assert await ann.text() == "offline, one\ntwo\n"
    member.complaints.clear()


async def test_a_user_who_loses_the_channel_sees_nothing_more(
    owner: Visitor, member: Visitor, community: Community, document: str
) -> None:
    ann, ben = await opened(owner), await opened(member)
    silence = {"user_id": community.member.id, "allow": 0, "deny": 1}
    await community.owner.expect(200, "PUT", f"/api/channels/{community.channel}/overrides", silence)
    await expect(ben.box).to_have_count(0)
    await ann.types("secret, ", "Control+Home")
    await ann.is_saved()
    await expect(member.page.get_by_text("secret")).to_have_count(0)
    member.complaints.clear()


async def test_what_was_read_opens_without_a_network_and_catches_up_by_what_changed(
    member: Visitor, community: Community, document: str
) -> None:
    page = member.page
    ann = await opened(member)
    await ann.sees("one\ntwo\n")
    await is_shelved(page, "House rules")
    await until(lambda: held(page), lambda paths: "/assets/DocumentView-" in paths)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/sync/documents/" in request.url else None)
    await page.context.set_offline(True)
    await page.reload()
    await ann.sees("one\ntwo\n")
    await ann.is_away()
    await member.button("Back to #general").click()
    ann = await opened(member)
    await ann.inserts("read offline, ", "Control+Home")
    await is_kept(page, "read offline, ")
    change = {"Content-Range": "text [4:7]", "Content-Type": "text/plain"}
    answer = await community.owner.call("PUT", f"/sync/documents/{document}", data=b"TWO", headers=change)
    assert answer.status == 200, answer.body
    await page.context.set_offline(False)
    await come_back(page)
    await until(ann.text, lambda text: text == "read offline, one\nTWO\n")
    await ann.is_saved()
    assert await stored(community.owner, document) == "read offline, one\nTWO\n"
    texts = [each.headers for each in asked if each.method == "GET" and "accept" not in each.headers]
    assert all("parents" in headers for headers in texts if "subscribe" in headers)
    await page.reload()
    await ann.sees("read offline, one\nTWO\n")


async def test_what_was_read_goes_with_the_document_and_with_the_session(
    member: Visitor, community: Community, document: str
) -> None:
    other = await begin(community.owner, community.channel, "another text", "Plan")
    for title, text in (("House rules", "one\ntwo"), ("Plan", "another text")):
        await (await opened(member, title)).sees(text)
        await is_shelved(member.page, title)
        await member.button("Back to #general").click()
    kept = await everything(member.page)
    assert "one\\ntwo" in kept
    assert "another text" in kept
    await community.owner.expect(204, "DELETE", f"/api/documents/{document}")
    await until(lambda: everything(member.page), lambda kept: "one\\ntwo" not in kept)
    assert "another text" in await everything(member.page)
    sessions = await community.member.expect(200, "GET", "/api/auth/sessions")
    [browsers] = [each["id"] for each in sessions if not each["is_current"]]
    await community.member.expect(204, "DELETE", f"/api/auth/sessions/{browsers}")
    await expect(member.button("Log in")).to_be_visible()
    await until(lambda: everything(member.page), lambda kept: "another text" not in kept and other not in kept)
    member.complaints.clear()  # Chromium reports each 401 that says so
