"""Settings of emails about missed messages, as they go over the wire."""

from datetime import timedelta
from typing import Final, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from coterie.settings.mail import MailLanguage

EmailFrequency: TypeAlias = Literal["soon", "daily", "never"]

PAUSES: Final[dict[EmailFrequency, timedelta]] = {"soon": timedelta(hours=1), "daily": timedelta(days=1)}
"""The shortest time between two of these mails."""

FIRST: Final[dict[EmailFrequency, timedelta]] = {**PAUSES, "soon": timedelta(minutes=15)}
"""How long the first message waits that may still be read in the client."""


class EmailNotifications(Struct, frozen=True):
    """How often a user is mailed about messages that they missed, and in which language; null is the instance's.

    `soon` is fifteen minutes after the first of them and at most once an hour, `daily` at most once a day.
    `is_available` says whether mail can be sent: this instance sends some, and the user's address is verified.
    """

    frequency: EmailFrequency
    language: MailLanguage | None
    is_available: bool


class EmailNotificationsChange(Struct, frozen=True):
    """Fields that are missing stay as they are."""

    frequency: EmailFrequency | UnsetType = UNSET
    language: MailLanguage | None | UnsetType = UNSET
