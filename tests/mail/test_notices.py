"""The owner of an account is told by mail what happened to it."""

import time
from typing import Any

from coterie.mail.outbox import MAIL
from coterie.second_factor import totp
from tests.mail.instance import Instance, address, instance
from tests.mail.server import authority, mailbox
from tests.mail.test_reset import settled
from tests.people import PASSWORD, Person

__all__ = ["authority", "instance", "mailbox"]

LOGIN = "/api/auth/login"
FACTOR = "/api/auth/second-factor"
PROOF = {"current_password": PASSWORD}


def subjects(instance: Instance, email: str) -> list[str]:
    """Of the mails to an address, without the one that verifies it."""
    return [mail["subject"] for mail in instance.mailbox.to(email)][1:]


def credentials(email: str) -> dict[str, Any]:
    return {"username": email, "password": PASSWORD, "cookies": True}


async def test_a_login_on_a_new_device(instance: Instance) -> None:
    email = address()
    await instance.verified(email)
    device = await device_of_login(instance, email)
    text = (await instance.mailbox.mail(email, "New login")).get_body(("plain",))
    assert text is not None
    assert "127.0.0.0/24" in text.get_content()
    assert (await instance.browser.post(LOGIN, credentials(email), headers={"Cookie": device})).status == 200
    await settled(instance)
    assert len(subjects(instance, email)) == 1


async def test_a_failed_login_sends_nothing(instance: Instance) -> None:
    email = address()
    await instance.verified(email)
    assert await instance.log_in(email, "not the password") == 401
    await settled(instance)
    assert subjects(instance, email) == []


async def test_a_changed_password(instance: Instance) -> None:
    email = address()
    person = await instance.verified(email)
    await person.expect(204, "POST", "/api/auth/change-password", {**PROOF, "new_password": "another password"})
    assert await instance.mailbox.mail(email, "Your password at Coterie was changed")


async def test_the_second_factor(instance: Instance) -> None:
    email = address()
    person = await instance.verified(email)
    await enabled(person)
    await person.expect(201, "POST", f"{FACTOR}/recovery-codes", PROOF)
    await person.expect(204, "POST", f"{FACTOR}/remove", PROOF)
    for part in ("turned on", "New recovery codes", "turned off"):
        assert await instance.mailbox.mail(email, part)
    await settled(instance)
    assert len(subjects(instance, email)) == 3


async def test_the_deletion_of_the_account(instance: Instance) -> None:
    email = address()
    await instance.register()  # the administrator
    person = await instance.verified(email)
    asked = await person.expect(201, "POST", "/api/users/@me/deletion", PROOF)
    text = (await instance.mailbox.mail(email, "will be deleted")).get_body(("plain",))
    assert text is not None
    assert f"deleted on {asked['deletion_due_at'][:16].replace('T', ' ')} UTC" in text.get_content()
    await person.expect(204, "DELETE", "/api/users/@me/deletion")
    await settled(instance)
    assert len(subjects(instance, email)) == 1


async def test_only_a_verified_address_gets_notices(instance: Instance) -> None:
    pending, unverified = address(), address()
    person, other = await instance.register(email=pending), await instance.register()
    await instance.rows.execute("UPDATE users SET email = $2 WHERE id = $1", other.id, unverified)
    for each in (person, other):
        await each.expect(204, "POST", "/api/auth/change-password", {**PROOF, "new_password": "another password"})
    await settled(instance)
    assert (subjects(instance, pending), instance.mailbox.to(unverified)) == ([], [])


async def test_a_full_outbox_costs_the_notice_only(instance: Instance) -> None:
    email = address()
    person = await instance.verified(email)
    await settled(instance)
    await instance.rows.execute(
        """
        INSERT INTO jobs (id, kind, key, payload, due_at)
        SELECT gen_random_uuid(), 'mail', number::text, 'null', now() + interval '1 day'
        FROM generate_series(1, $1) AS number
        """,
        MAIL.queue_limit,
    )
    await person.expect(204, "POST", "/api/auth/change-password", {**PROOF, "new_password": "another password"})
    assert await instance.rows.fetchval("SELECT count(*) FROM jobs WHERE kind = 'mail'") == MAIL.queue_limit


async def enabled(person: Person) -> None:
    secret = (await person.expect(201, "POST", FACTOR, PROOF))["secret"]
    code = totp.code(secret, int(time.time()) // 30)
    await person.expect(200, "POST", f"{FACTOR}/confirm", {"code": code})


async def device_of_login(instance: Instance, email: str) -> str:
    """Log in as a browser does; returns the cookie that marks it from then on."""
    url = instance.browser.url + LOGIN
    async with instance.browser.http.post(url, json=credentials(email)) as response:
        marks = [each for each in response.cookies.values() if each.key.endswith("coterie_device")]
    return f"{marks[0].key}={marks[0].value}"
