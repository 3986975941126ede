"""The only way out for mail: one connection to the operator's SMTP server for each mail.

A connection is encrypted and its certificate checked before anything is said of a user; a server that does not offer
STARTTLS is refused, so taking the offer out of its reply on the way has no effect. Errors have the server's reply
without the recipient's address, and never the password.

aiosmtplib (MIT, no dependencies, typed, maintained) has a time limit for each reply; `smtplib` would need a thread for
each mail.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import aiosmtplib

from coterie.process.refusals import Exit, Refusal
from coterie.settings.record import Settings
from coterie.settings.server import LOOPBACK, variable_name

TLS_PORT: Final = 465
STARTTLS_PORT: Final = 587
PLAIN_PORT: Final = 25
NO_SUCH_MAILBOX: Final = frozenset({550, 551, 553})
POLICY: Final = "5.7."
"""Replies that begin with this enhanced status code (RFC 3463) are about the sender or the text, not the address."""

REPLY_LENGTH: Final = 200


class MailError(OSError):
    """A mail was not accepted. The text says why, in one line without addresses; another attempt may succeed."""


class MailRefusedError(MailError):
    """The server refused the mail for good; `is_undeliverable` if because there is no such mailbox."""

    def __init__(self, reason: str, *, is_undeliverable: bool = False) -> None:
        super().__init__(reason)
        self.is_undeliverable: Final = is_undeliverable


class MailServer(NamedTuple):
    """Where the SMTP server is; `is_implicit` if TLS begins with the connection."""

    host: str
    port: int
    is_implicit: bool


def server_of(settings: Settings) -> MailServer:
    address = urlsplit(settings.mail_server)
    is_implicit = address.scheme == "smtps"
    usual = TLS_PORT if is_implicit else STARTTLS_PORT if settings.mail_tls else PLAIN_PORT
    return MailServer(address.hostname or "", address.port or usual, is_implicit)


def check_mail(settings: Settings) -> None:
    """Check that the settings of mail belong together. Raises Refusal."""
    if not settings.has_mail:
        return
    if not settings.mail_from or not settings.public_url:
        missing = "mail_from" if not settings.mail_from else "public_url"
        name = variable_name(missing)
        raise Refusal(Exit.SETTINGS, f"COTERIE_MAIL_SERVER is set without {name}; set both, or neither")
    if not settings.mail_tls and (server_of(settings).is_implicit or server_of(settings).host not in LOOPBACK):
        raise Refusal(
            Exit.SETTINGS,
            "COTERIE_MAIL_TLS=off, but COTERIE_MAIL_SERVER is not smtp:// on this machine: mail and its password would "
            "be sent unencrypted; remove it",
        )
    if settings.mail_user and not password_of(settings):
        raise Refusal(Exit.SETTINGS, "COTERIE_MAIL_USER is set without a password; set COTERIE_MAIL_PASSWORD as well")


def password_of(settings: Settings) -> str:
    """The password of the user at the SMTP server. Raises Refusal if its file cannot be read."""
    if not settings.mail_password_file:
        return settings.mail_password
    try:
        return Path(settings.mail_password_file).read_text().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not a text"
        sentence = f"COTERIE_MAIL_PASSWORD_FILE cannot be read: {reason}; correct its path, owner or mode"
        raise Refusal(Exit.SETTINGS, sentence) from problem


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection to the SMTP server, encrypted and logged in. Raises MailError."""
    server = server_of(settings)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.is_implicit,
        start_tls=settings.mail_tls and not server.is_implicit,
        tls_context=_trust(settings) if settings.mail_tls else None,
        timeout=settings.mail_timeout,
        local_hostname=settings.mail_from.rpartition("@")[2] or None,
    )
    try:
        await client.connect()
        if settings.mail_user:
            await client.login(settings.mail_user, password_of(settings))
    except (aiosmtplib.SMTPException, OSError, Refusal) as problem:
        client.close()
        raise MailError(f"{server.host}:{server.port}: {_reason(problem)}") from None
    try:
        yield client
        with suppress(aiosmtplib.SMTPException):  # what was accepted stays accepted
            await client.quit()
    finally:
        client.close()


async def send(settings: Settings, message: EmailMessage) -> None:
    """Give a mail to the SMTP server. Raises MailError and MailRefusedError."""
    async with connected(settings) as client:
        try:
            await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _refusal(refused.recipients[0], is_of_address=True) from None
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPNotSupported) as refused:
            raise _refusal(refused, is_of_address=False) from None
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise MailError(_reason(problem)) from None


def _refusal(refused: aiosmtplib.SMTPException, *, is_of_address: bool) -> MailError:
    """What a reply to the sender, a recipient or the text means: codes from 500 on are final."""
    code = refused.code if isinstance(refused, aiosmtplib.SMTPResponseException) else 0
    if 0 < code < 500:
        return MailError(_reason(refused))
    is_policy = POLICY in str(refused)
    return MailRefusedError(
        _reason(refused), is_undeliverable=is_of_address and code in NO_SUCH_MAILBOX and not is_policy
    )


def _reason(problem: Exception) -> str:
    """The first line of a problem: a reply with its code, without the addresses that servers like to repeat."""
    if isinstance(problem, aiosmtplib.SMTPResponseException):
        said = f"{problem.code} {problem.message}"
    else:
        said = str(problem) or type(problem).__name__
    words = said.partition("\n")[0].split()
    return " ".join("(address)" if "@" in word else word for word in words)[:REPLY_LENGTH]


def _trust(settings: Settings) -> ssl.SSLContext:
    """Which certificates are accepted. Raises MailError."""
    try:
        context = ssl.create_default_context(cafile=settings.mail_authorities or None)
    except (OSError, ssl.SSLError) as problem:
        raise MailError(f"COTERIE_MAIL_AUTHORITIES cannot be read: {_reason(problem)}") from problem
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
