"""What users and links in mails do to the settings of emails."""

from uuid import UUID

from msgspec import UNSET

from coterie import errors
from coterie.database.connection import Database
from coterie.email_notifications import queries
from coterie.email_notifications.models import EmailNotifications, EmailNotificationsChange
from coterie.email_notifications.unsubscribing import Unsubscribing
from coterie.errors import CoterieError
from coterie.settings.record import Settings


class EmailChoices:
    """The settings of all users."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._has_mail = settings.has_mail
        self._unsubscribing = Unsubscribing(settings)

    async def read(self, user_id: UUID) -> EmailNotifications:
        found = await queries.settings_of(self._database, user_id, has_mail=self._has_mail)
        if found is None:
            raise CoterieError(errors.NOT_FOUND)
        return found

    async def change(self, user_id: UUID, change: EmailNotificationsChange) -> EmailNotifications:
        now = await self.read(user_id)
        frequency = now.frequency if change.frequency is UNSET else change.frequency
        language = now.language if change.language is UNSET else change.language
        await queries.set_settings(self._database, user_id, frequency, language)
        return EmailNotifications(frequency, language, now.is_available)

    async def unsubscribe(self, token: str) -> None:
        """End a user's emails. Raises NOT_FOUND if the token is not one of this instance."""
        user_id = self._unsubscribing.user(token)
        if user_id is None:
            raise CoterieError(errors.NOT_FOUND)
        await queries.unsubscribe(self._database, user_id)
