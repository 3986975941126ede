"""A real SMTP server, with a certificate of its own authority, which keeps what it takes and refuses as told."""

import asyncio
import contextlib
import datetime
import ipaddress
import re
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import PATIENCE
from tests.ports import reserved_port

T = TypeVar("T")
LINK: Final = re.compile(r"https?://chat\.example/#/([\w-]+)/([\w-]+)")
USER: Final = "chat"
PASSWORD: Final = "a password of the SMTP server"
FROM: Final = "coterie@chat.example"
PUBLIC_URL: Final = "https://chat.example"


class Mailbox:
    """What the server took. `replies` are given to recipients and `data_replies` to texts, before it takes any.

    While it `is_held`, it does not say that it took a mail.
    """

    def __init__(self) -> None:
        self.mails: Final[list[EmailMessage]] = []
        self.attempts: Final[list[str]] = []
        self.replies: Final[list[str]] = []
        self.data_replies: Final[list[str]] = []
        self.logins: Final[list[str]] = []
        self.were_encrypted: Final[set[bool]] = set()
        self.is_held = False

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts.append(address)
        if self.replies:
            return self.replies.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_replies:
            return self.data_replies.pop(0)
        self.were_encrypted.add(session.ssl is not None)
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=default))
        while self.is_held:  # noqa: ASYNC110 - the test is in another thread
            await asyncio.sleep(0.01)
        return "250 OK"

    async def mail(self, recipient: str, part: str = "") -> EmailMessage:
        """The newest mail to an address whose subject has this part, once there is one."""
        return (await self.until(lambda: self.to(recipient, part)))[-1]

    def links(self, recipient: str) -> list[tuple[str, str]]:
        """The page and the token of each link in mails to an address."""
        bodies = [mail.get_body(("plain",)) for mail in self.to(recipient)]
        return [(match[1], match[2]) for body in bodies if body and (match := LINK.search(body.get_content()))]

    async def until(self, look: Callable[[], list[T]], number: int = 1) -> list[T]:
        """What a look finds, once it is this many."""
        async with asyncio.timeout(PATIENCE):
            while len(found := look()) < number:  # noqa: ASYNC110 - the server is in another thread
                await asyncio.sleep(0.01)
        return found

    def to(self, recipient: str, part: str = "") -> list[EmailMessage]:
        return [each for each in self.mails if each["to"] == recipient and part in each["subject"]]


class Server(Controller):
    """The server, in a thread with an event loop of Python's own, since its STARTTLS needs one."""

    def __init__(self, mailbox: Mailbox, context: ssl.SSLContext | None, **options: Any) -> None:
        self.is_implicit = options.pop("is_implicit", False)
        super().__init__(
            mailbox,
            hostname="127.0.0.1",
            port=reserved_port(),
            loop=asyncio.SelectorEventLoop(),
            ssl_context=context if self.is_implicit else None,
            tls_context=None if self.is_implicit else context,
            **options,
        )
        self.sessions: Final[list[SMTP]] = []

    def factory(self) -> SMTP:
        self.sessions.append(super().factory())  # type: ignore[no-untyped-call]
        return self.sessions[-1]

    def stop(self, no_assert: bool = False) -> None:
        self.loop.call_soon_threadsafe(self._hang_up)
        super().stop(no_assert)

    def _hang_up(self) -> None:
        """Clients that were refused have left connections behind."""
        for session in self.sessions:
            for transport in (session.transport, session._original_transport):
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()


class Authority:
    """A certificate for localhost: `file` is what clients trust."""

    def __init__(self, directory: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests")])
        now = datetime.datetime.now(datetime.UTC)
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file: Final = directory / "authority.pem"
        both = directory / "both.pem"
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        both.write_bytes(
            self.file.read_bytes()
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.context: Final = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(both)


@contextlib.contextmanager
def receiving(mailbox: Mailbox, context: ssl.SSLContext | None, **options: Any) -> Iterator[int]:
    """Run a server; returns its port."""
    server = Server(mailbox, context, **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()
        server.loop.close()


def authenticator(mailbox: Mailbox) -> dict[str, Any]:
    """Options of a server that takes mail only from the right user, over an encrypted connection."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        mailbox.logins.append(given.login.decode())
        return AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    return {"authenticator": check, "auth_required": True}


def variables(port: int, authority: Authority | None, **given: str) -> dict[str, str]:
    """The settings of an instance that sends its mail there."""
    trusted = {"COTERIE_MAIL_AUTHORITIES": str(authority.file)} if authority else {}
    return {
        "COTERIE_MAIL_SERVER": f"smtp://localhost:{port}",
        "COTERIE_MAIL_FROM": FROM,
        "COTERIE_PUBLIC_URL": PUBLIC_URL,
        **trusted,
        **given,
    }


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()
