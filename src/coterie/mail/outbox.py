"""The outbox: mails that wait until the SMTP server has taken them. Each is a job of the kind `mail`.

A mail is stored in the transaction of what causes it, so both happen or neither does, and it survives the process. The
server may get it twice, if the process dies after the server took it and before the table says so: then both have the
same Message-ID, which is made of the job's id. Tokens of links are stored encrypted, so the table alone opens nothing.

What the server refuses for good is not tried again. It stays among the failed jobs, and an address without a mailbox
gets no more mail, until it is verified again or 30 days have passed.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from msgspec import Struct

from coterie.database.connection import Connection, Database
from coterie.identifiers import new_id
from coterie.jobs.actions import enqueue
from coterie.jobs.attempt import JobAttempt, JobFailedError, JobRun
from coterie.jobs.models import JobKind
from coterie.mail import queries, smtp
from coterie.mail.composing import Mail, MailTemplate, compose
from coterie.settings.mail import MailLanguage
from coterie.settings.record import Settings
from coterie.settings.sealing import Sealed, Sealing

PURPOSE: Final = "links in mails"
"""For which the tokens of links are encrypted."""

MailPage: TypeAlias = Literal["reset", "verify-email", "not-me"]
"""The page of the client that a link leads to."""


class MailLink(NamedTuple):
    """A link that works until `expires_at`: a page of the client, with a token."""

    page: MailPage
    token: str
    expires_at: datetime


class SealedLink(Struct, frozen=True):
    """The same with the token encrypted."""

    page: MailPage
    sealed_token: bytes
    sealed_with: str
    expires_at: datetime


class MailJob(Struct, frozen=True):
    """A mail in the outbox. Without a link it leads to the first page. After its link expired, it is dropped."""

    recipient: str
    template: MailTemplate
    language: MailLanguage
    values: dict[str, str]
    link: SealedLink | None = None


MAIL: Final = JobKind(name="mail", payload=MailJob, at_once=4, timeout=timedelta(minutes=5))


class Outbox:
    """Stores mails, and sends them."""

    def __init__(self, settings: Settings) -> None:
        self._settings: Final = settings
        self._sealing: Final = Sealing(PURPOSE, settings.jwt_secret, settings.jwt_secret_previous)

    @property
    def default_language(self) -> MailLanguage:
        return self._settings.mail_language

    async def put(self, connection: Connection, mail: Mail, link: MailLink | None = None) -> bool:
        """Store a mail in the caller's transaction; False if its address takes none.

        Raises QueueFullError if too many are waiting, before anything is stored.
        """
        if await queries.has_bounced(connection, mail.recipient):
            return False
        id = new_id()
        sealed = self._sealed(id, link) if link else None
        job = MailJob(mail.recipient, mail.template, mail.language, dict(mail.values), sealed)
        await enqueue(connection, MAIL.job(str(id), job)._replace(id=id))
        return True

    def sending(self, database: Database) -> JobRun:
        """How the mails in the outbox are sent."""

        async def run(attempt: JobAttempt[MailJob]) -> None:
            job = attempt.payload
            if job.link is None or datetime.now(UTC) < job.link.expires_at:
                await self._send(database, attempt.id, job)

        return JobRun(MAIL, run)

    async def _send(self, database: Database, id: UUID, job: MailJob) -> None:
        """Give a mail to the SMTP server. Raises MailError, and JobFailedError if it was refused for good."""
        link = self._opened(id, job.link) if job.link else self._settings.public_url
        mail = Mail(job.recipient, job.template, job.language, job.values, link)
        try:
            await self.deliver(database, id, mail)
        except smtp.MailRefusedError as refused:
            raise JobFailedError(str(refused)) from None

    async def deliver(self, database: Database, id: UUID, mail: Mail) -> None:
        """Give a mail to the SMTP server now. Raises MailError, and MailRefusedError if it was refused for good."""
        message = compose(self._settings, await queries.instance_name(database), id, mail)
        try:
            await smtp.send(self._settings, message)
        except smtp.MailRefusedError as refused:
            if refused.is_undeliverable:
                await queries.bounce(database, mail.recipient, str(refused))
            raise

    def _sealed(self, id: UUID, link: MailLink) -> SealedLink:
        return SealedLink(link.page, *self._sealing.seal(id, link.token), link.expires_at)

    def _opened(self, id: UUID, link: SealedLink) -> str:
        """The address of a link. Raises JobFailedError if the secret that encrypted its token is gone."""
        token = self._sealing.open(id, Sealed(link.sealed_token, link.sealed_with))
        if token is None:
            raise JobFailedError("JWT_SECRET was changed, so the link of this mail is lost")
        return f"{self._settings.public_url}/#/{link.page}/{token}"


def outbox_of(settings: Settings) -> Outbox | None:
    """The outbox of an instance; None if it sends no mail."""
    return Outbox(settings) if settings.has_mail else None
