"""Takes the documentation's screenshots, with a fresh instance, the demo community and a real Chromium.

Run by `make screenshots`; writes docs/images/*.png, and touches nothing else outside a temporary directory. The people
in the pictures come from `coterie seed`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
COTERIE: Final = [sys.executable, "-m", "coterie"]
SERVER: Final = "Gaming Squad"
DESKTOP: Final = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.5}
PHONE: Final = {
    "viewport": {"width": 390, "height": 800},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


@contextlib.contextmanager
def instance() -> Iterator[str]:
    """The address of a new development instance with the demo community."""
    with tempfile.TemporaryDirectory(prefix="coterie-pictures-") as directory:
        Path(directory).chmod(0o711)
        data = str(Path(directory) / "data")
        command = [*COTERIE, "dev", "--data", data, "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                address = next(line.strip() for line in process.stdout if line.startswith("http://"))
                subprocess.run([*COTERIE, "seed", "--data", data], check=True)
                yield address
            finally:
                process.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        sys.exit("no Chromium on PATH: install one, for example with apt-get install chromium")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def enter(browser: Browser, address: str, name: str, scheme: str = "light", **shape: Any) -> Page:
    """Log in as `name` and open #general."""
    options = {**DESKTOP, **shape}
    page = browser.new_context(color_scheme=scheme, reduced_motion="reduce", **options).new_page()
    page.goto(address)
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill("password123")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name=f"Open {SERVER}").click()
    page.get_by_role("textbox", name="Message #").wait_for()
    page.evaluate("[...document.querySelectorAll('nav button')].find((each) => each.ariaLabel === 'general').click()")
    page.get_by_role("textbox", name="Message #general").wait_for()
    page.get_by_role("log").get_by_role("article").last.wait_for()
    return page


def gather(page: Page, address: str) -> None:
    """Alice's friends and requests, and a short conversation with bob."""
    headers = {}
    for name in ("alice", "bob", "charlie", "diana"):
        login = {"username": name, "password": "password123"}
        token = page.request.post(f"{address}/api/auth/login", data=login).json()["access_token"]
        headers[name] = {"Authorization": f"Bearer {token}"}

    def ask(one: str, other: str, message: str | None = None) -> str:
        body = {"to_username": other, "message": message}
        answer = page.request.post(f"{address}/api/friends/request", data=body, headers=headers[one]).json()
        return str(answer["conversation_id"])

    for friend in ("charlie", "bob"):
        ask(friend, "alice")
        with_bob = ask("alice", friend)
    ask("diana", "alice", "We met at the tournament. Shall we team up?")
    for name, words in (
        ("bob", "Did you see the new map?"),
        ("alice", "Yes! The lighthouse is **lovely** at night."),
        ("bob", "Tonight at eight, then?"),
        ("alice", "I bring the tea."),
    ):
        url = f"{address}/api/channels/{with_bob}/messages"
        page.request.post(url, data={"content": words}, headers=headers[name])


def take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png")


def permissions(page: Page) -> None:
    """The permissions of #announcements, where everyone may only read."""
    page.get_by_role("button", name=f"{SERVER}: server menu").click()
    page.get_by_role("menuitem", name="Server settings").click()
    settings = page.get_by_role("dialog")
    settings.get_by_role("tab", name="Channels").click()
    settings.get_by_role("button", name="Permissions for announcements").click()
    settings.get_by_role("group", name="Send messages").get_by_text("Deny", exact=True).click()
    take(page, "permissions-light")


def document(page: Page, other: Page) -> None:
    """The plan for Friday, while someone else writes in it."""
    for each in (other, page):
        each.get_by_role("navigation").get_by_role("button", name="strategy", exact=True).click()
        each.get_by_role("button", name="Documents").click()
        each.get_by_role("dialog").get_by_role("button", name="Plan for Friday").first.click()
    writing = other.get_by_role("textbox", name="Text of Plan for Friday")
    writing.get_by_text("the bridge, on the second day").click()
    other.keyboard.press("End")
    other.keyboard.type(", if the crabs allow it")
    page.get_by_text("if the crabs allow it").wait_for()
    page.get_by_text("Charlie", exact=True).click()
    take(page, "document-light")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with instance() as address, chromium() as browser:
        bob = enter(browser, address, "bob")
        for name in ("charlie", "diana"):
            enter(browser, address, name)
        writing = bob.get_by_role("textbox", name="Message #general")
        page = enter(browser, address, "alice")
        writing.press_sequentially("On my way")
        page.get_by_text("bob is typing").wait_for()
        take(page, "chat-light")
        writing.fill("")
        permissions(enter(browser, address, "alice"))
        document(page, bob)
        take(enter(browser, address, "alice", **PHONE), "phone-light")
        phone = enter(browser, address, "alice", "dark", **PHONE)
        phone.get_by_role("button", name="Show servers and channels").click()
        take(phone, "phone-channels-dark")
        page = enter(browser, address, "alice", "dark")
        page.get_by_role("button", name="Home", exact=True).click()
        gather(page, address)
        page.get_by_role("navigation", name="Home").get_by_role("button", name="bob").first.click()
        page.get_by_text("I bring the tea.").last.wait_for()
        take(page, "conversation-dark")


if __name__ == "__main__":
    main()
