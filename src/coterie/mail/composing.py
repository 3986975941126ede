"""Composes mails: a text in the recipient's language, with values, as plain text and as simple HTML.

Whatever becomes HTML is escaped here, after the values were put in, so no value can be markup. The texts are in
`languages`, one file for each. A paragraph whose value is empty is left out.
"""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8
from functools import cache
from pathlib import Path
from string import Formatter, Template
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from coterie.settings.mail import MailLanguage
from coterie.settings.record import Settings

LANGUAGES: Final = Path(__file__).parent / "languages"
ACCENT: Final = "#a83e1a"
"""The client's accent colour on light ground."""

DEFAULT_NAME: Final = "Coterie"
"""What an instance without a name is called."""

MailTemplate: TypeAlias = Literal[
    "test",
    "verify_email",
    "reset_password",
    "email_changed",
    "new_login",
    "password_changed",
    "second_factor_enabled",
    "second_factor_removed",
    "recovery_codes_made",
    "passkey_added",
    "passkey_removed",
    "deletion_requested",
    "export_requested",
    "missed_messages",
]

PAGE: Final = Template("""\
<!doctype html>
<html lang="$language" dir="$direction">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>$subject</title></head>
<body style="margin:0;padding:24px;background:#f4ece1;color:#2b2119;font:16px/1.5 sans-serif">
<div style="max-width:32rem;margin:auto;padding:24px;background:#fffaf3;border-top:4px solid $accent">
<p style="margin-top:0;font-weight:bold;color:$accent">$instance</p>
$paragraphs
<p style="margin-bottom:0;font-size:13px;color:#6b5d50">$footer</p>
</div>
</body>
</html>
""")
PARAGRAPH: Final = Template("<p>$text</p>")
QUOTE: Final = Template(
    '<blockquote style="margin:16px 0;padding-inline-start:12px;border-inline-start:3px solid $accent">'
    '<a href="$link" style="color:$accent">$heading</a><br>$text</blockquote>'
)
FOOTER_LINK: Final = Template(' <a href="$link" style="color:#6b5d50">$text</a>')
BUTTON: Final = Template(
    '<p><a href="$link" style="display:inline-block;padding:10px 18px;background:$accent;color:#fff;'
    'text-decoration:none">$text</a></p>\n<p style="font-size:13px;word-break:break-all">$link</p>'
)


class MailQuote(NamedTuple):
    """A message that a mail quotes, with a link to it."""

    heading: str
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says to whom. `values` are put into its text, and `link` is behind its button.

    With the token `unsubscribe` it has the links that end such mails.
    """

    recipient: str
    template: MailTemplate
    language: MailLanguage
    values: Mapping[str, str]
    link: str = ""
    quotes: Sequence[MailQuote] = ()
    unsubscribe: str = ""


def compose(settings: Settings, instance: str | None, id: UUID, mail: Mail) -> EmailMessage:
    """The mail as it is sent. Its Message-ID is made of `id`, so the same mail has the same one at each attempt."""
    texts, name = _texts(mail.language), instance or DEFAULT_NAME
    said, values = texts["mails"][mail.template], {**mail.values, "instance": name}
    paragraphs = [
        each.format(**values) for each in (texts["greeting"], *said["paragraphs"]) if _has_values(each, values)
    ]
    words = MailWords(
        name,
        said["subject"].format(**values),
        paragraphs,
        said["action"].format(**values) if mail.link else "",
        texts["footer"].format(**values),
        texts["unsubscribe"],
        f"{settings.public_url}/#/unsubscribe/{mail.unsubscribe}" if mail.unsubscribe else "",
    )
    sender, _, domain = settings.mail_from.rpartition("@")
    message = EmailMessage(SMTPUTF8)
    message["From"] = Address(name, sender, domain)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = words.subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = f"<{id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:  # RFC 2369 and, for one click, RFC 8058
        message["List-Unsubscribe"] = f"<{settings.public_url}/api/email-notifications/unsubscribe/{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_text(mail, words))
    message.add_alternative(_page(mail, words), subtype="html")
    message["Content-Language"] = mail.language
    return message


class MailWords(NamedTuple):
    """The words of a mail, with its values: those of the instance, of this mail, and those that end such mails."""

    instance: str
    subject: str
    paragraphs: list[str]
    action: str
    footer: str
    unsubscribe: str
    unsubscribe_link: str


def _text(mail: Mail, words: MailWords) -> str:
    parts = [*words.paragraphs]
    parts += ["\n".join(each for each in (quote.heading, quote.text, quote.link) if each) for quote in mail.quotes]
    if words.action:
        parts.append(f"{words.action}:\n{mail.link}")
    end = f"\n{words.unsubscribe}: {words.unsubscribe_link}" if words.unsubscribe_link else ""
    return "\n\n".join([*parts, f"-- \n{words.footer}{end}"])


def _page(mail: Mail, words: MailWords) -> str:
    texts = [PARAGRAPH.substitute(text=html.escape(each)) for each in words.paragraphs]
    texts += [
        QUOTE.substitute(
            heading=html.escape(each.heading), text=html.escape(each.text), link=html.escape(each.link), accent=ACCENT
        )
        for each in mail.quotes
    ]
    if words.action:
        texts.append(BUTTON.substitute(link=html.escape(mail.link), accent=ACCENT, text=html.escape(words.action)))
    footer = html.escape(words.footer)
    if words.unsubscribe_link:
        footer += FOOTER_LINK.substitute(link=html.escape(words.unsubscribe_link), text=html.escape(words.unsubscribe))
    return PAGE.substitute(
        language=mail.language,
        direction="rtl" if mail.language == "ar" else "ltr",
        subject=html.escape(words.subject),
        accent=ACCENT,
        instance=html.escape(words.instance),
        paragraphs="\n".join(texts),
        footer=footer,
    )


def _has_values(text: str, values: Mapping[str, str]) -> bool:
    return all(values.get(name) for _, name, _, _ in Formatter().parse(text) if name)


@cache
def _texts(language: MailLanguage) -> dict[str, Any]:
    texts: dict[str, Any] = json.loads((LANGUAGES / f"{language}.json").read_text(encoding="utf-8"))
    return texts
