"""`coterie mail`: try the settings of mail."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.commands.instance import Data, connected, instance
from coterie.process.refusals import Exit, Refusal

if TYPE_CHECKING:
    from coterie.settings.record import Settings

app = typer.Typer(help="Try the settings of mail.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(help="Where to send it.", show_default=False)]


@app.callback()
def _mail() -> None:
    """Without this, the only command would be `coterie mail` itself."""


@app.command("test")
def send_test(address: Address, data: Data = None) -> None:
    """Send a test mail at once, and say what the SMTP server answers if it does not accept it.

    \b
    Example:
      coterie mail test ada@example.org
    """
    from coterie.accounts import email_address
    from coterie.errors import CoterieError
    from coterie.mail.smtp import MailError, check_mail

    try:
        recipient = email_address.checked(address)
    except CoterieError as problem:
        raise Refusal(Exit.USAGE, str(problem)) from problem
    with instance(data) as settings:
        if not settings.has_mail:
            raise Refusal(Exit.SETTINGS, "COTERIE_MAIL_SERVER is not set; see docs/operating/mail.md")
        check_mail(settings)
        try:
            asyncio.run(_send(settings, recipient))
        except MailError as problem:
            raise Refusal(Exit.MAIL, f"the mail was not accepted: {problem}; correct the settings of mail") from problem
    typer.echo(f"The SMTP server accepted a mail to {recipient}. Look whether it arrives, also among unwanted mail.")


async def _send(settings: "Settings", recipient: str) -> None:
    from coterie.identifiers import new_id
    from coterie.mail.composing import Mail, compose
    from coterie.mail.smtp import send

    async with connected(settings) as connection:
        name = await connection.fetchval("SELECT name FROM instance_settings")
    await send(settings, compose(settings, name, new_id(), Mail(recipient, "test", settings.mail_language, {})))
