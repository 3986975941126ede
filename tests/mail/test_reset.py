"""POST /api/auth/reset-link: a new password by mail, for a user who is not logged in."""

from coterie.jobs.administration import listed
from tests.jobs.test_jobs import until
from tests.mail.instance import Instance, address, instance, running
from tests.mail.server import Authority, Mailbox, authority, mailbox
from tests.people import PASSWORD, Browser

__all__ = ["authority", "instance", "mailbox"]

ASK = "/api/auth/reset-link"
RESET = "/api/auth/reset-password"
NEW = "a new password"


async def ask(instance: Instance, email: str) -> None:
    await instance.browser.expect(202, "POST", ASK, {"email": email})


async def settled(instance: Instance) -> None:
    """Wait until every request for a link was answered, and every mail was sent."""
    await until(lambda: _is_done(instance))


async def _is_done(instance: Instance) -> bool:
    return not await instance.rows.fetchval("SELECT count(*) FROM jobs WHERE kind IN ('reset_link', 'mail')")


async def test_it_works(instance: Instance) -> None:
    email = address()
    person = await instance.verified(email)
    await ask(instance, email.upper())
    token = await instance.token("reset", email)
    stored = await instance.rows.fetchval("SELECT token_hash FROM password_resets")
    assert token.encode() not in stored
    await instance.browser.expect(200, "POST", RESET, {"token": token, "new_password": NEW})
    assert (await person.get("/api/auth/me")).status == 401
    assert [await instance.log_in(email, each) for each in (PASSWORD, NEW)] == [401, 200]
    again = await instance.browser.post(RESET, {"token": token, "new_password": NEW})
    assert again.code == "wrong_reset_token"


async def test_the_answer_says_nothing_of_accounts(instance: Instance) -> None:
    """Neither what it says, nor the work that is done for it."""
    known = address()
    await instance.verified(known)
    await settled(instance)
    answers = [await instance.browser.post(ASK, {"email": each}) for each in (known, address())]
    assert answers[0].status == answers[1].status == 202
    assert answers[0].body == answers[1].body
    await settled(instance)
    assert len(instance.mailbox.to(known, "password")) == 1
    assert len(instance.mailbox.mails) == 2


async def test_nothing_is_sent_for_what_is_no_verified_address_of_an_active_account(instance: Instance) -> None:
    pending, unverified, disabled = address(), address(), address()
    await instance.register(email=pending)
    person, other = await instance.register(), await instance.verified(disabled)
    await instance.rows.execute("UPDATE users SET email = $2 WHERE id = $1", person.id, unverified)
    await instance.rows.execute("UPDATE users SET disabled_at = now() WHERE id = $1", other.id)
    await settled(instance)
    before = len(instance.mailbox.mails)
    for email in (pending, unverified, disabled):
        await ask(instance, email)
    await settled(instance)
    assert len(instance.mailbox.mails) == before
    assert await instance.rows.fetchval("SELECT count(*) FROM password_resets") == 0


async def test_a_link_works_for_an_hour(instance: Instance) -> None:
    email = address()
    await instance.verified(email)
    await ask(instance, email)
    token = await instance.token("reset", email)
    await instance.rows.execute("UPDATE password_resets SET expires_at = expires_at - interval '1 hour'")
    assert (await instance.browser.post(RESET, {"token": token, "new_password": NEW})).code == "wrong_reset_token"


async def test_its_owner_sees_that_a_link_was_made(instance: Instance) -> None:
    email = address()
    person = await instance.verified(email)
    await ask(instance, email)
    await instance.token("reset", email)
    events = await person.expect(200, "GET", "/api/users/@me/security-events")
    assert "auth.reset_created" in [event["type"] for event in events]


async def test_requests_are_limited(database_url: str, authority: Authority, mailbox: Mailbox) -> None:
    email = address()
    async with running(database_url, authority, mailbox, RATE_LIMITS="on") as instance:
        answers = [await instance.browser.post(ASK, {"email": email}) for _ in range(6)]
        assert [answer.status for answer in answers] == [202] * 5 + [429]
        assert await listed(instance.rows, None, "mail", 10) == []


async def test_without_mail_there_is_none(browser: Browser) -> None:
    assert (await browser.post(ASK, {"email": address()})).code == "no_mail"


async def test_what_is_no_address_is_refused(instance: Instance) -> None:
    assert (await instance.browser.post(ASK, {"email": "nowhere"})).code == "invalid"
