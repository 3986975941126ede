"""The routes of custom emoji."""

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from litestar.types import ASGIApp

from coterie.emojis import actions
from coterie.emojis.models import CustomEmoji, EmojiChange
from coterie.files.answers import FileAnswer
from coterie.files.documented import EmojiOperation, FileOperation
from coterie.files.form import Form
from coterie.guards import PUBLIC, UPLOADS, Asking, Here


@get("/servers/{server_id:str}/emojis")
async def listing(services: Here, viewer: Asking, server_id: FromPath[UUID]) -> list[CustomEmoji]:
    """The emoji of a server, oldest first."""
    return await actions.listing(services.files, server_id, viewer.user_id)


@post("/servers/{server_id:str}/emojis", opt=UPLOADS, request_max_body_size=None, operation_class=EmojiOperation)
async def create(
    request: Request[Any, Any, Any], services: Here, viewer: Asking, server_id: FromPath[UUID]
) -> CustomEmoji:
    """Add an emoji to a server. Its picture is drawn anew, as a WebP of 128 pixels at most, moving if it moved."""
    return await actions.create(services.files, server_id, viewer.user_id, Form(request, actions.FORM_BYTES))


@patch("/servers/{server_id:str}/emojis/{emoji_id:str}")
async def rename(
    services: Here, viewer: Asking, server_id: FromPath[UUID], emoji_id: FromPath[UUID], data: JSONBody[EmojiChange]
) -> CustomEmoji:
    """Give an emoji of a server another name (MANAGE_SERVER)."""
    return await actions.rename(services.files, server_id, emoji_id, viewer.user_id, data.name)


@delete("/servers/{server_id:str}/emojis/{emoji_id:str}")
async def remove(services: Here, viewer: Asking, server_id: FromPath[UUID], emoji_id: FromPath[UUID]) -> None:
    """Remove an emoji of a server."""
    await actions.delete(services.files, server_id, emoji_id, viewer.user_id)


@get("/emojis/{emoji_id:str}", opt=PUBLIC, operation_class=FileOperation)
async def picture(request: Request[Any, Any, Any], services: Here, emoji_id: FromPath[UUID]) -> ASGIApp:
    """An emoji's picture. It is at the root of the site as well, where stock clients look for it."""
    return FileAnswer(services.files.storage, await actions.served(services.files, emoji_id), request)


ROUTES = [listing, create, rename, remove, picture]
PICTURES = [picture]
"""What is served at the root too."""
