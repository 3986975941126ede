"""A user of the web client, who finds everything by accessible names and roles."""

import re
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.async_api import ConsoleMessage, Locator, Page, Request, Response, WebSocket, expect

from tests.patience import PATIENCE
from tests.people import PASSWORD

PATIENCE_MS: Final = int(1000 * PATIENCE)
LOST: Final = ("net::ERR", "WebSocket", "error occurred when fetching the script")
PREVIEW: Final = "/api/link-preview"
expect.set_options(timeout=PATIENCE_MS)


class Visitor:
    """One page. `frames` is everything that its live connections received, `complaints` what the browser reported."""

    def __init__(self, page: Page, url: str) -> None:
        self.page: Final = page
        self.url: Final = url
        self.name = ""
        self.has_left = False
        self.frames: Final[list[str]] = []
        self.complaints: Final[list[str]] = []
        self.answers: Final[list[str]] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("websocket", self._listen)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._note)
        page.on("request", self._watch)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium itself reports each lost connection, and each link without a preview; some tests are about those.
        is_expected = any(part in message.text for part in LOST) or PREVIEW in message.location["url"]
        # What was under way as the session ended is refused.
        is_expected |= self.has_left and any(status in message.text for status in ("400", "401"))
        # So is a mark of reading that was on its way as its place was left, and a text whose document was just deleted.
        url = message.location["url"]
        is_expected |= (url.endswith("/ack") or "/sync/documents/" in url) and "404" in message.text
        if message.type in ("error", "warning") and not is_expected:
            self.complaints.append(f"{message.text} [{url}]")

    def _watch(self, request: Request) -> None:
        """The page sends no request to another host."""
        if request.url.startswith(("http", "ws")) and urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.complaints.append(f"asked {request.url}")

    def _note(self, response: Response) -> None:
        self.answers.append(f"{response.status} {response.request.method} {response.url.removeprefix(self.url)}")

    def button(self, name: str | re.Pattern[str], **options: Any) -> Locator:
        return self.page.get_by_role("button", name=name, **options)

    async def register(self, name: str) -> None:
        """Make an account through the form, under a name that begins with `name`."""
        self.name = f"{name}_{uuid4().hex[:8]}"
        set_up = self.button("Create administrator account")
        await self.page.wait_for_load_state("networkidle")  # by then the page knows whether there is an account
        is_first = await set_up.count() > 0
        if not is_first:
            await self.button("Create account").click()
        await self.page.get_by_label("Username").fill(self.name)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await (set_up if is_first else self.button("Create account")).click()
        await self.is_home()

    async def log_in(self, name: str) -> None:
        self.name = name
        await self.page.get_by_label("Username or email").fill(name)
        await self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        await self.button("Log in").click()
        await self.is_home()

    async def come_back(self, name: str, place: str = "") -> None:
        """As a user who has logged in here before: with the cookies of the form, without the form.

        They begin at home, or in a channel with this address within the client.
        """
        self.name = name
        credentials = {"username": name, "password": PASSWORD}
        answer = await self.page.request.post(f"{self.url}/api/auth/login", data=credentials)
        assert answer.status == 200, await answer.text()
        await self.page.goto(f"{self.url}/{place}")
        if place:
            await expect(self.page.get_by_role("log")).to_be_visible()
        else:
            await self.is_home()

    async def log_out(self) -> None:
        self.has_left = True
        await self.button("Your account and status").click()
        await self.page.get_by_role("menuitem", name="Log out").click()

    async def is_home(self) -> None:
        await expect(self.page.get_by_role("heading", name=f"Good to see you, {self.name}")).to_be_visible()

    async def create_server(self, name: str, description: str = "", *, is_public: bool = True) -> None:
        """Make a server from the community template, which has a channel #general."""
        await self.button("Create a server").click()
        await self.page.get_by_label("Server name").fill(name)
        await self.page.get_by_label("Description").fill(description)
        await self.page.get_by_role("radio", name="Community").check()
        if is_public:
            await self.page.get_by_role("switch", name="Public").check()
        await self.button("Create server").click()
        await expect(self.button(f"{name}: server menu")).to_be_visible()

    async def join_server(self, name: str) -> None:
        await self.button("Refresh the list").click()
        await self.button(f"Join {name}").click()
        await expect(self.button(f"{name}: server menu")).to_be_visible()

    async def open_server(self, name: str) -> None:
        await (
            self.page.get_by_role("navigation", name="Servers", exact=True)
            .get_by_role("button", name=re.compile(f"^{name}(, unread messages.*)?$"))
            .click()
        )

    async def choose(self, entry: str) -> None:
        """An entry of the server's menu."""
        await self.button(re.compile(": server menu$")).click()
        await self.page.get_by_role("menuitem", name=entry).click()

    def channel(self, name: str) -> Locator:
        """The channel's button in the list; its name also says whether it is private and has unread messages."""
        return self.page.get_by_role("navigation", name="Channels").get_by_role(
            "button", name=re.compile(f"^{name}( .private.)?(, draft)?(, unread messages)?$")
        )

    async def open_channel(self, name: str) -> None:
        await self.channel(name).click()
        await expect(self.composer(name)).to_be_visible()

    def composer(self, channel: str = "general") -> Locator:
        """A voice channel is named without a number sign."""
        return self.page.get_by_role("textbox", name=re.compile(f"^Message #?{re.escape(channel)}$"))

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def message(self, text: str) -> Locator:
        return self.log.get_by_role("article").filter(has=self.page.get_by_text(text, exact=True))

    async def say(self, text: str, channel: str = "general") -> None:
        """With the Enter key; on a touch screen, where it makes a line, with the button."""
        await self.composer(channel).fill(text)
        if await self.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            await self.button("Send message").tap()
        else:
            await self.composer(channel).press("Enter")

    async def sees(self, text: str) -> None:
        await expect(self.message(text)).to_have_count(1)
        await expect(self.message(text)).to_be_visible()

    async def sent(self, text: str) -> None:
        """The server has it: the row is no longer pending."""
        await self.sees(text)
        await expect(self.message(text)).to_have_attribute("data-message", re.compile("."))

    async def act_on(self, text: str, action: str) -> None:
        """Use one of the buttons that a message shows under the pointer."""
        await self.message(text).hover()
        await self.message(text).get_by_role("button", name=action).click()
