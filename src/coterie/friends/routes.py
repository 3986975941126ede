"""The routes of friends, requests, blocks and privacy."""

from litestar import get, patch
from litestar.params import JSONBody

from coterie.friends import privacy
from coterie.friends.models import Privacy, PrivacyChange
from coterie.guards import Asking, Here


@get("/users/@me/privacy")
async def own_privacy(services: Here, viewer: Asking) -> Privacy:
    """Who may send one requests and direct messages, and whether others see what one has read."""
    return await privacy.privacy(services.database, viewer.user_id)


@patch("/users/@me/privacy")
async def edit_privacy(services: Here, viewer: Asking, data: JSONBody[PrivacyChange]) -> Privacy:
    """Change the own privacy."""
    return await privacy.edit(services.database, viewer.user_id, data)


ROUTES = [own_privacy, edit_privacy]
