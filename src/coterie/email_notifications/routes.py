"""The routes of emails about missed messages."""

from litestar import get, patch, post
from litestar.params import FromPath, JSONBody

from coterie.email_notifications.actions import EmailChoices
from coterie.email_notifications.models import EmailNotifications, EmailNotificationsChange
from coterie.http.injection import LOGIN, PEOPLE_ONLY, SPARING, CurrentViewer, Injected


@get("/users/@me/email-notifications", opt=PEOPLE_ONLY)
async def read(email_notifications: Injected[EmailChoices], viewer: CurrentViewer) -> EmailNotifications:
    """How often you are mailed about mentions and private messages that you missed."""
    return await email_notifications.read(viewer.user_id)


@patch("/users/@me/email-notifications", opt=PEOPLE_ONLY)
async def change(
    email_notifications: Injected[EmailChoices], viewer: CurrentViewer, data: JSONBody[EmailNotificationsChange]
) -> EmailNotifications:
    """Change how often you are mailed, and in which language."""
    return await email_notifications.change(viewer.user_id, data)


@post("/email-notifications/unsubscribe/{token:str}", opt=LOGIN | SPARING, status_code=204)
async def unsubscribe(email_notifications: Injected[EmailChoices], token: FromPath[str]) -> None:
    """End these emails, by the link in one of them, without a login. What is in the body does not matter."""
    await email_notifications.unsubscribe(token)


ROUTES = [read, change, unsubscribe]
