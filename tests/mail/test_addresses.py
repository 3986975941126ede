"""Addresses of accounts, where mail is sent: they are verified before they are anything, and can be brought back."""

from datetime import timedelta
from typing import Any

from tests.mail.instance import Instance, address, instance, running
from tests.mail.server import PUBLIC_URL, Authority, Mailbox, authority, mailbox
from tests.passkeys.device import Device
from tests.people import PASSWORD, Browser
from tests.serving import Register

__all__ = ["authority", "instance", "mailbox"]

CHANGE = "/api/auth/change-email"
AGAIN = "/api/auth/email/verification"
VERIFY = "/api/auth/verify-email"
REVERT = "/api/auth/revert-email"
PASSKEYS = "/api/auth/passkeys"


def body(email: str | None) -> dict[str, Any]:
    return {"current_password": PASSWORD, "email": email}


async def age(instance: Instance, table: str, by: timedelta) -> None:
    await instance.rows.execute(f"UPDATE {table} SET created_at = created_at - $1::interval", by)


async def test_it_works(instance: Instance) -> None:
    email = address()
    person = await instance.register(email=email)
    assert person.user["email"] is None
    assert await instance.state(person) == (None, False, email)
    assert await instance.log_in(email) == 401
    socket = await person.socket()
    token = await instance.token("verify-email", email)
    await instance.verify(token)
    assert (await socket.wait_for_type("USER_UPDATE"))["d"]["email"] == email
    assert await instance.state(person) == (email, True, None)
    assert await instance.log_in(email.upper()) == 200
    assert (await instance.verify(token, 401))["code"] == "wrong_email_token"
    stored = await instance.rows.fetchval("SELECT count(*) FROM email_verifications")
    assert stored == 0


async def test_the_mail_is_in_the_language_that_the_browser_asks_for(instance: Instance) -> None:
    person, email = await instance.register(), address()
    languages = {"Accept-Language": "fr-CH, fr;q=0.9, es-MX;q=0.8, en;q=0.7"}
    assert (await person.post(CHANGE, body(email), headers=languages)).status == 200
    assert (await instance.mailbox.mail(email))["content-language"] == "es"


async def test_an_address_is_changed_once_the_new_one_is_verified(instance: Instance) -> None:
    old, new = address(), address()
    person = await instance.verified(old)
    changed = await person.expect(200, "POST", CHANGE, body(new))
    assert changed["email"] == old
    assert await instance.state(person) == (old, True, new)
    await instance.verify(await instance.token("verify-email", new))
    assert await instance.state(person) == (new, True, None)
    assert await instance.token("not-me", old)
    assert [await instance.log_in(each) for each in (old, new)] == [401, 200]


async def test_an_address_can_be_removed(instance: Instance) -> None:
    email = address()
    person = await instance.verified(email)
    assert (await person.expect(200, "POST", CHANGE, body(None)))["email"] is None
    assert await instance.state(person) == (None, False, None)
    assert await instance.token("not-me", email)


async def test_the_verified_address_again_ends_a_change(instance: Instance) -> None:
    old, new = address(), address()
    person = await instance.verified(old)
    await person.expect(200, "POST", CHANGE, body(new))
    token = await instance.token("verify-email", new)
    await person.expect(200, "POST", CHANGE, body(old))
    assert await instance.state(person) == (old, True, None)
    await instance.verify(token, 401)


async def test_a_link_works_for_a_day(instance: Instance) -> None:
    email = address()
    person = await instance.register(email=email)
    token = await instance.token("verify-email", email)
    await age(instance, "email_verifications", timedelta(hours=24))
    assert await instance.state(person) == (None, False, None)
    await instance.verify(token, 401)
    assert (await person.post(AGAIN)).status == 404


async def test_another_link_replaces_the_first(instance: Instance) -> None:
    email = address()
    person = await instance.register(email=email)
    first = await instance.token("verify-email", email)
    await person.expect(204, "POST", AGAIN)
    second = await instance.token("verify-email", email, 2)
    await instance.verify(first, 401)
    await instance.verify(second)
    assert (await person.post(AGAIN)).status == 404


async def test_whether_an_address_is_taken_is_not_said_before(instance: Instance) -> None:
    email = address()
    await instance.verified(email)
    other = await instance.register(email=email)
    assert await instance.token("verify-email", email, 2)  # mails that wait together may change places
    assert (await other.expect(200, "POST", CHANGE, body(email)))["email"] is None
    token = await instance.token("verify-email", email, 3)
    assert (await instance.verify(token, 409))["code"] == "email_taken"


async def test_a_user_who_proves_an_address_gets_it_from_one_who_never_did(instance: Instance) -> None:
    """Accounts from before mail was set up have such addresses, and log in with them until then."""
    email = address()
    first, owner = await instance.register(), await instance.register()
    await instance.rows.execute("UPDATE users SET email = $2 WHERE id = $1", first.id, email)
    assert await instance.state(first) == (email, False, None)
    assert await instance.log_in(email) == 200
    socket = await first.socket()
    await owner.expect(200, "POST", CHANGE, body(email))
    await instance.verify(await instance.token("verify-email", email))
    assert (await socket.wait_for_type("USER_UPDATE"))["d"]["email"] is None
    assert await instance.state(owner) == (email, True, None)
    assert instance.mailbox.to(email, "changed") == []


async def test_an_address_from_before_can_be_verified(instance: Instance) -> None:
    email, person = address(), await instance.register()
    await instance.rows.execute("UPDATE users SET email = $2 WHERE id = $1", person.id, email)
    await person.expect(204, "POST", AGAIN)
    await instance.verify(await instance.token("verify-email", email))
    assert await instance.state(person) == (email, True, None)


async def test_nobody_is_found_by_an_unverified_address(instance: Instance) -> None:
    email, person, asking = address(), await instance.register(), await instance.register()
    await instance.rows.execute("UPDATE users SET email = $2 WHERE id = $1", person.id, email)
    ask = {"to_email": email}
    refused = await asking.expect(200, "POST", "/api/friends/request", ask)
    await instance.rows.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", person.id)
    assert (refused["success"], (await asking.expect(200, "POST", "/api/friends/request", ask))["success"]) == (
        False,
        True,
    )


async def test_the_owner_of_a_former_address_gets_the_account_back(instance: Instance) -> None:
    old, stolen = address(), address()
    await instance.register()  # the administrator
    person = await instance.verified(old)
    await person.expect(200, "POST", CHANGE, body(stolen))
    await instance.verify(await instance.token("verify-email", stolen))
    await person.expect(204, "POST", "/api/auth/change-password", {**_password("a thief's password")})
    await person.expect(201, "POST", "/api/users/@me/deletion", {"current_password": "a thief's password"})
    await person.expect(200, "POST", CHANGE, {"current_password": "a thief's password", "email": address()})
    device = Device(PUBLIC_URL)
    made = await person.expect(200, "POST", f"{PASSKEYS}/options", {"current_password": "a thief's password"})
    thief = {"name": "mine now", "credential": device.make(made["options"])}
    await person.expect(201, "POST", PASSKEYS, thief)
    token = await instance.token("not-me", old)
    back = await instance.browser.expect(200, "POST", REVERT, {"token": token})
    assert (await person.get("/api/auth/me")).status == 401
    new = {"token": back["token"], "new_password": "my password again"}
    await instance.browser.expect(200, "POST", "/api/auth/reset-password", new)
    assert await instance.log_in(old, "my password again") == 200
    assert await instance.log_in(stolen, "my password again") == 401
    options = await instance.browser.expect(200, "POST", "/api/auth/passkey-login/options")
    entry = await instance.browser.post("/api/auth/passkey-login", {"credential": device.sign(options["options"])})
    assert entry.code == "passkey_refused"
    assert not await instance.rows.fetchval("SELECT deletion_due_at FROM users WHERE id = $1", person.id)
    assert (await instance.browser.post(REVERT, {"token": token})).code == "wrong_email_token"
    assert "not-me" not in {page for page, _ in instance.mailbox.links(stolen)}


async def test_a_former_address_comes_back_within_three_days(instance: Instance) -> None:
    old, new = address(), address()
    person = await instance.verified(old)
    await person.expect(200, "POST", CHANGE, body(new))
    await instance.verify(await instance.token("verify-email", new))
    token = await instance.token("not-me", old)
    await age(instance, "email_reversals", timedelta(days=3))
    assert (await instance.browser.post(REVERT, {"token": token})).code == "wrong_email_token"


async def test_an_address_that_takes_no_mail_is_shown_to_its_owner(instance: Instance) -> None:
    email = address()
    instance.mailbox.replies.append("550 5.1.1 unknown")
    person = await instance.register(email=email)
    while not (await person.expect(200, "GET", "/api/auth/email"))["has_bounced"]:
        pass
    await person.expect(204, "POST", AGAIN)
    assert await instance.token("verify-email", email)


async def test_links_to_one_address_are_limited(database_url: str, authority: Authority, mailbox: Mailbox) -> None:
    """Also if different accounts ask for them."""
    email = address()
    async with running(database_url, authority, mailbox, RATE_LIMITS="on") as instance:
        people = [await instance.register() for _ in range(6)]
        answers = [await person.post(CHANGE, body(email)) for person in people]
    assert [answer.status for answer in answers] == [200] * 5 + [429]


async def test_without_mail_an_address_is_the_accounts_at_once(browser: Browser, register: Register) -> None:
    email = address()
    person = await register(email=email)
    assert person.user["email"] == email
    assert await person.expect(200, "GET", "/api/auth/email") == {
        "email": email,
        "is_verified": False,
        "pending": None,
        "has_bounced": False,
    }
    assert (await person.post(AGAIN)).code == "no_mail"
    assert (await browser.expect(200, "GET", "/api/instance"))["sends_mail"] is False


def _password(new: str) -> dict[str, str]:
    return {"current_password": PASSWORD, "new_password": new}
