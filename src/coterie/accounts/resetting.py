"""A new password by a link in a mail, for a user who is not logged in.

Every caller gets the same answer after the same work, whether or not an account has the address: what depends on that
is done in a job. Only a verified address gets a link, and a link sets the password once.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from coterie import errors
from coterie.accounts import email_address, queries, reset_queries
from coterie.accounts.access import existing
from coterie.accounts.actions import RESET_LIFETIME, Accounts
from coterie.accounts.mailing import MailRecipient, send_link
from coterie.accounts.tokens import new_token, token_hash
from coterie.database.connection import OneConnection
from coterie.errors import CoterieError
from coterie.jobs.actions import enqueue
from coterie.jobs.attempt import JobRun, in_transaction
from coterie.jobs.models import JobKind
from coterie.mail.outbox import MailLink, Outbox
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent
from coterie.settings.mail import MailLanguage


class ResetLinkJob(Struct, frozen=True):
    """Someone has asked for a link for the account with this address, if there is one."""

    email: str
    language: MailLanguage


RESET_LINK: Final = JobKind(name="reset_link", payload=ResetLinkJob, timeout=timedelta(minutes=1))


async def ask_for_link(accounts: Accounts, email: str) -> None:
    """Have a link sent to this address, if an account has it. Raises INVALID, NO_MAIL and RATE_LIMITED."""
    address = email_address.checked(email)
    if accounts.mailing is None:
        raise CoterieError(errors.NO_MAIL)
    await accounts.mailing.admit(address)
    job = RESET_LINK.job(token_hash(address.lower()).hex(), ResetLinkJob(address, accounts.mailing.language))
    async with accounts.database.acquire() as connection, connection.transaction():
        await enqueue(connection, job)


def making_links(outbox: Outbox) -> JobRun:
    """How links are made: the token and the mail are stored with the end of the job."""

    async def make(connection: OneConnection, job: ResetLinkJob) -> None:
        user_id = await queries.find_by_verified_email(connection, job.email)
        if user_id is None:
            return
        token, expires_at = new_token(), datetime.now(UTC) + RESET_LIFETIME
        await reset_queries.put_reset_token(connection, user_id, token_hash(token), expires_at)
        user = await existing(connection, user_id, lock=True)  # locked in the order in which using a token does
        await record(connection, SecurityEvent("auth.reset_created", user_id))
        to = MailRecipient(user.email or job.email, user.username, job.language)
        await send_link(outbox, connection, to, "reset_password", MailLink("reset", token, expires_at))

    return JobRun(RESET_LINK, in_transaction(make))
