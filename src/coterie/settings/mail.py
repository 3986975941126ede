"""The settings of mail: the server that takes it, and what it says of itself. Without a server, nothing is sent."""

from typing import Annotated, Literal, TypeAlias

from coterie.settings.server import variable_name
from coterie.settings.uploads import UploadSettings
from coterie.settings.values import about

MailLanguage: TypeAlias = Literal["en", "de", "es", "ar"]


class MailSettings(UploadSettings, frozen=True, kw_only=True, rename=variable_name):
    """The fourth part of `Settings`."""

    mail_server: Annotated[
        str,
        about(
            "Mail",
            "The SMTP server that takes this instance's mail; empty to send none. `smtps://` encrypts from the first "
            "byte (port 465), `smtp://` with STARTTLS (port 587), which the server then has to offer. Needs "
            "COTERIE_MAIL_FROM and COTERIE_PUBLIC_URL. See docs/operating/mail.md.",
            expected="smtps://mail.example.org or smtp://mail.example.org:587, without user and password",
            secret=True,
            pattern=r"^smtps?://([^\s/:@?#\[\]]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?/?$",
        ),
    ] = ""
    mail_user: Annotated[
        str,
        about(
            "Mail",
            "The user at the SMTP server; empty to log in nowhere.",
            expected="a user name of the SMTP server",
        ),
    ] = ""
    mail_password: Annotated[
        str,
        about(
            "Mail",
            "The password of that user at the SMTP server.",
            expected="the password of COTERIE_MAIL_USER",
            secret=True,
        ),
    ] = ""
    mail_password_file: Annotated[
        str,
        about(
            "Mail",
            "A file whose first line is the password, instead of COTERIE_MAIL_PASSWORD. It is read at each connection.",
            expected="a file that the server can read",
        ),
    ] = ""
    mail_from: Annotated[
        str,
        about(
            "Mail",
            "The address from which mail comes. The SMTP server has to accept it as the sender.",
            expected="an address such as coterie@example.org",
            pattern=r"^[^\s@<>\"]+@[^\s@<>\"]+$",
        ),
    ] = ""
    mail_tls: Annotated[
        bool,
        about(
            "Mail",
            "Encrypt the connection to the SMTP server, and check its certificate. `off` is only accepted for a relay "
            "on this machine.",
        ),
    ] = True
    mail_authorities: Annotated[
        str,
        about(
            "Mail",
            "The certificates of the authorities that are trusted for the SMTP server, instead of the system's.",
            expected="a file in PEM format",
        ),
    ] = ""
    mail_timeout: Annotated[
        float,
        about("Mail", "How long the SMTP server can take for each of its replies, in seconds.", ge=1, le=300),
    ] = 30.0
    mail_language: Annotated[
        MailLanguage,
        about("Mail", "The language of mail to people whose language is not known."),
    ] = "en"

    @property
    def has_mail(self) -> bool:
        """Whether this instance sends mail."""
        return bool(self.mail_server)
