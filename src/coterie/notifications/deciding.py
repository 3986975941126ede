"""Who is to be notified of a message: the rules of the web client, for what notifies users who are not looking.

Pure, so that each rule is a case of a test, which the client passes too (`tests/notifications/deciding.json`). Whether
a user sees the message already is known to their devices alone. `email_notifications` reads the log and decides so.
"""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from coterie.notifications.models import NotificationLevel

Reason = Literal["mention", "message"]


class MessageNews(NamedTuple):
    """What of a message decides whom it notifies. `roles` and `users` are those that it mentions."""

    author_id: UUID | None
    is_system: bool = False
    is_reply_in_thread: bool = False
    users: frozenset[UUID] = frozenset()
    roles: frozenset[UUID] = frozenset()
    everyone: bool = False
    here: bool = False


class Recipient(NamedTuple):
    """A user who can view a message. `place` is their level for its channel or conversation, `server` for its server.

    `is_connected` is whether they were connected when it was sent.
    """

    user_id: UUID
    roles: frozenset[UUID] = frozenset()
    is_connected: bool = False
    is_disturbable: bool = True
    has_blocked_author: bool = False
    place: NotificationLevel | None = None
    server: NotificationLevel | None = None


def reason(news: MessageNews, recipient: Recipient, now: datetime) -> Reason | None:
    """Why a user is to be notified of a message; None if they are not."""
    if news.author_id == recipient.user_id or not recipient.is_disturbable or recipient.has_blocked_author:
        return None
    is_mention = mentions(news, recipient)
    if not is_mention and (news.is_system or news.is_reply_in_thread):
        return None
    if _is_muted(recipient, now):
        return None
    level = _level(recipient)
    if level == "nothing" or (level == "mentions" and not is_mention):
        return None
    return "mention" if is_mention else "message"


def mentions(news: MessageNews, recipient: Recipient) -> bool:
    """Whether a message mentions a user. `@here` means those who were connected."""
    return (
        news.everyone
        or (news.here and recipient.is_connected)
        or recipient.user_id in news.users
        or not news.roles.isdisjoint(recipient.roles)
    )


def _is_muted(recipient: Recipient, now: datetime) -> bool:
    """Muting a server mutes its channels."""
    levels = (recipient.place, recipient.server)
    return any(each is not None and each.muted_until is not None and each.muted_until > now for each in levels)


def _level(recipient: Recipient) -> str:
    """The place's own level, or its server's, or all."""
    levels = (recipient.place, recipient.server)
    return next((each.level for each in levels if each is not None and each.level is not None), "all")
