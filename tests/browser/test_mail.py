"""Where the instance sends mail: an address is verified, a password is forgotten, and a thief's change is undone."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from coterie.email_notifications.unsubscribing import Unsubscribing
from tests.browser.conftest import Visit, visits
from tests.browser.test_account import account
from tests.jobs.test_jobs import until
from tests.mail.instance import Instance, address, running
from tests.mail.server import Authority, Mailbox, authority, mailbox
from tests.people import PASSWORD, Person
from tests.serving import settings_for

__all__ = ["authority", "mailbox"]

OVER_HTTP: Final = "http://chat.example"
"""So that the page gets cookies here, where there is no TLS."""

NEW: Final = "my password after that"


@pytest.fixture
async def instance(database_url: str, authority: Authority, mailbox: Mailbox) -> AsyncIterator[Instance]:
    async with running(database_url, authority, mailbox, COTERIE_PUBLIC_URL=OVER_HTTP) as instance:
        yield instance


@pytest.fixture
async def visit(chromium: Chromium, instance: Instance) -> AsyncIterator[Visit]:
    async with visits(chromium, instance.browser.url, is_kept=False) as visit:
        yield visit


async def test_an_address_is_changed_and_verified(instance: Instance, visit: Visit) -> None:
    old, new = address(), address()
    visitor = await visit(await instance.verified(old))
    panel = await account(visitor, "Username and password")
    await panel.get_by_label("New email address").fill(new)
    await panel.get_by_label("Your password").fill(PASSWORD)
    await panel.get_by_role("button", name="Change email address").click()
    await expect(panel.get_by_text(f"{new} isn't verified yet.")).to_be_visible()
    await panel.get_by_role("button", name="Send again").click()
    await expect(panel.get_by_text("Another link was sent.")).to_be_visible()
    await open_link(visitor.page, visitor.url, "verify-email", await instance.token("verify-email", new, 2))
    await visitor.button("Verify").click()
    await expect(visitor.page.get_by_text("Your email address is verified.")).to_be_visible()
    assert await instance.log_in(new) == 200


async def test_a_forgotten_password(instance: Instance, visit: Visit) -> None:
    email = address()
    await instance.verified(email)
    visitor = await visit()
    await visitor.button("Forgot your password?").click()
    await visitor.page.get_by_label("Email").fill(email)
    await visitor.button("Send link").click()
    await expect(visitor.page.get_by_role("status").get_by_text("If an account has this address")).to_be_visible()
    await open_link(visitor.page, visitor.url, "reset", await instance.token("reset", email))
    await visitor.page.get_by_label("New password").fill(NEW)
    await visitor.button("Set password").click()
    await expect(visitor.page.get_by_text("Your new password is set.")).to_be_visible()
    assert await instance.log_in(email, NEW) == 200


async def test_a_change_that_was_not_theirs(instance: Instance, visit: Visit) -> None:
    old, stolen = address(), address()
    person = await instance.verified(old)
    await person.expect(200, "POST", "/api/auth/change-email", {"current_password": PASSWORD, "email": stolen})
    await instance.verify(await instance.token("verify-email", stolen))
    visitor = await visit()
    await open_link(visitor.page, visitor.url, "not-me", await instance.token("not-me", old))
    await visitor.button("Restore my address").click()
    await visitor.page.get_by_label("New password").fill(NEW)
    await visitor.button("Set password").click()
    await expect(visitor.page.get_by_label("Username or email")).to_be_visible()
    assert await instance.log_in(old, NEW) == 200


async def open_link(page: Page, url: str, name: str, token: str) -> None:
    """As from a mail: a page that is not open yet."""
    await page.goto("about:blank")
    await page.goto(f"{url}/#/{name}/{token}")


async def test_emails_about_missed_messages_are_chosen_and_ended(
    instance: Instance, visit: Visit, database_url: str
) -> None:
    person = await instance.verified(address())
    visitor = await visit(person)
    panel = await account(visitor, "Notifications")
    await panel.get_by_label("Emails about messages you missed").select_option("Once a day")
    chosen = {"frequency": "daily", "language": "en", "is_available": True}
    await until(lambda: has(person, chosen))
    token = Unsubscribing(settings_for(database_url)).token(UUID(person.id))
    await open_link(visitor.page, visitor.url, "unsubscribe", token)
    await visitor.button("Stop the emails").click()
    await expect(visitor.page.get_by_text("You get no more of these emails.")).to_be_visible()
    assert await has(person, {**chosen, "frequency": "never"})


async def has(person: Person, expected: dict[str, object]) -> bool:
    found = await person.expect(200, "GET", "/api/users/@me/email-notifications")
    return bool(found == expected)
