"""Examines the SMTP server of the settings: whether it answers, encrypts with a trusted certificate, and logs in."""

from collections.abc import AsyncIterator

from coterie.commands.findings import Finding, of_refusal
from coterie.mail.smtp import MailError, check_mail, connected, server_of
from coterie.process.refusals import Refusal
from coterie.settings.record import Settings


async def examine_mail(settings: Settings) -> AsyncIterator[Finding]:
    """What is found of the SMTP server, if there is one. No mail is sent."""
    if not settings.has_mail:
        return
    try:
        check_mail(settings)
        async with connected(settings):
            pass
    except Refusal as refusal:
        yield of_refusal("mail", refusal)
        return
    except MailError as problem:
        remedy = "correct COTERIE_MAIL_SERVER, COTERIE_MAIL_USER or its password, or look into the SMTP server's log"
        yield Finding("mail", "fail", f"COTERIE_MAIL_SERVER: {problem}", remedy)
        return
    server, how = server_of(settings), "encrypted" if settings.mail_tls else "unencrypted, on this machine"
    user = f", and {settings.mail_user} can log in" if settings.mail_user else ""
    yield Finding("mail", "ok", f"{server.host}:{server.port} answers, {how}{user}; `coterie mail test` sends a mail")
