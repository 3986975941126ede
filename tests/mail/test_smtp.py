"""Mail goes to the SMTP server encrypted or not at all, and what it answers is understood."""

from pathlib import Path
from typing import Any, Final

import pytest

from coterie.identifiers import new_id
from coterie.mail.composing import Mail, compose
from coterie.mail.smtp import MailError, MailRefusedError, check_mail, send
from coterie.process.refusals import Refusal
from coterie.settings.record import Settings
from coterie.settings.values import SettingsError
from tests.mail.server import (
    FROM,
    PASSWORD,
    USER,
    Authority,
    Mailbox,
    authenticator,
    authority,
    mailbox,
    receiving,
    variables,
)

__all__ = ["authority", "mailbox"]

ADA: Final = "ada@people.example"
LOGIN: Final = {"COTERIE_MAIL_USER": USER, "COTERIE_MAIL_PASSWORD": PASSWORD}


async def sent(port: int, authority: Authority | None, **given: str) -> None:
    settings = Settings.read(variables(port, authority, **given))
    check_mail(settings)
    await send(settings, compose(settings, "The Café", new_id(), Mail(ADA, "test", "en", {})))


async def test_it_works_with_starttls_and_a_login(mailbox: Mailbox, authority: Authority) -> None:
    with receiving(mailbox, authority.context, **authenticator(mailbox)) as port:
        await sent(port, authority, **LOGIN)
    [mail] = mailbox.mails
    assert (mail["to"], mail["from"], mail["subject"]) == (ADA, f"The Café <{FROM}>", "The Café can send mail")
    assert (mail["auto-submitted"], mailbox.logins, mailbox.were_encrypted) == ("auto-generated", [USER], {True})


async def test_it_works_with_tls_from_the_first_byte(mailbox: Mailbox, authority: Authority) -> None:
    with receiving(mailbox, authority.context, is_implicit=True) as port:
        await sent(port, authority, COTERIE_MAIL_SERVER=f"smtps://localhost:{port}")
    assert len(mailbox.mails) == 1


async def test_the_password_can_be_in_a_file(mailbox: Mailbox, authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    given = {"COTERIE_MAIL_USER": USER, "COTERIE_MAIL_PASSWORD_FILE": str(file)}
    with receiving(mailbox, authority.context, **authenticator(mailbox)) as port:
        await sent(port, authority, **given)
    assert len(mailbox.mails) == 1


async def test_nothing_is_said_without_encryption(mailbox: Mailbox, authority: Authority) -> None:
    """As when someone on the way takes STARTTLS out of the server's reply."""
    options: dict[str, Any] = {**authenticator(mailbox), "auth_required": False, "auth_require_tls": False}
    with receiving(mailbox, None, **options) as port, pytest.raises(MailError, match="STARTTLS"):
        await sent(port, authority, **LOGIN)
    assert (mailbox.logins, mailbox.attempts) == ([], [])


async def test_an_unknown_certificate_is_refused(mailbox: Mailbox, authority: Authority) -> None:
    with receiving(mailbox, authority.context, **authenticator(mailbox)) as port:
        with pytest.raises(MailError, match="certificate"):
            await sent(port, None, **LOGIN)
        other = f"smtp://127.0.0.2:{port}"
        with pytest.raises(MailError):
            await sent(port, authority, COTERIE_MAIL_SERVER=other, **LOGIN)
    assert (mailbox.logins, mailbox.mails) == ([], [])


async def test_a_relay_on_this_machine_needs_no_encryption(mailbox: Mailbox) -> None:
    with receiving(mailbox, None) as port:
        await sent(port, None, COTERIE_MAIL_TLS="off")
    assert mailbox.were_encrypted == {False}


async def test_a_wrong_password_can_be_corrected(mailbox: Mailbox, authority: Authority) -> None:
    with (
        receiving(mailbox, authority.context, **authenticator(mailbox)) as port,
        pytest.raises(MailError, match="535") as raised,
    ):
        await sent(port, authority, COTERIE_MAIL_USER=USER, COTERIE_MAIL_PASSWORD="hunter2hunter2")
    assert not isinstance(raised.value, MailRefusedError)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("reply", "is_final", "is_undeliverable"),
    [
        (f"450 4.2.0 <{ADA}> greylisted", False, False),
        (f"550 5.1.1 <{ADA}> no such user", True, True),
        (f"550 5.7.1 relaying for {ADA} denied", True, False),
        ("552 5.2.2 mailbox full", True, False),
    ],
)
async def test_refused_recipients(
    mailbox: Mailbox, authority: Authority, reply: str, is_final: bool, is_undeliverable: bool
) -> None:
    mailbox.replies.append(reply)
    with receiving(mailbox, authority.context) as port, pytest.raises(MailError) as raised:
        await sent(port, authority)
    refused = raised.value
    assert isinstance(refused, MailRefusedError) == is_final
    assert (isinstance(refused, MailRefusedError) and refused.is_undeliverable) == is_undeliverable
    assert str(refused).startswith(reply[:3])
    assert ADA not in str(refused)


@pytest.mark.parametrize(("reply", "is_final"), [("451 4.3.0 later", False), ("554 5.6.0 no thanks", True)])
async def test_refused_texts(mailbox: Mailbox, authority: Authority, reply: str, is_final: bool) -> None:
    mailbox.data_replies.append(reply)
    with receiving(mailbox, authority.context) as port, pytest.raises(MailError) as raised:
        await sent(port, authority)
    assert isinstance(raised.value, MailRefusedError) == is_final


async def test_nobody_answers(authority: Authority) -> None:
    with pytest.raises(MailError, match=r"^localhost:1: "):
        await sent(1, authority)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"COTERIE_MAIL_FROM": ""}, "without COTERIE_MAIL_FROM"),
        ({"COTERIE_PUBLIC_URL": ""}, "without COTERIE_PUBLIC_URL"),
        ({"COTERIE_MAIL_SERVER": "smtp://mail.example.org", "COTERIE_MAIL_TLS": "off"}, "COTERIE_MAIL_TLS=off"),
        ({"COTERIE_MAIL_SERVER": "smtps://localhost", "COTERIE_MAIL_TLS": "off"}, "COTERIE_MAIL_TLS=off"),
        ({"COTERIE_MAIL_USER": "chat"}, "COTERIE_MAIL_PASSWORD"),
        ({"COTERIE_MAIL_USER": "chat", "COTERIE_MAIL_PASSWORD_FILE": "/nonexistent"}, "COTERIE_MAIL_PASSWORD_FILE"),
    ],
)
def test_settings_that_do_not_fit(given: dict[str, str], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        check_mail(Settings.read(variables(25, None, **given)))


@pytest.mark.parametrize("url", ["mail.example.org", "smtp://user:hunter2@mail.example.org", "http://mail.example.org"])
def test_malformed_addresses_of_the_server(url: str) -> None:
    with pytest.raises(SettingsError, match="COTERIE_MAIL_SERVER must be") as raised:
        Settings.read({"COTERIE_MAIL_SERVER": url})
    assert "hunter2" not in str(raised.value)


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(Settings.read({"COTERIE_MAIL_PASSWORD": "hunter2"}))


def test_without_a_server_nothing_is_checked() -> None:
    check_mail(Settings.read({"COTERIE_MAIL_USER": "chat"}))
