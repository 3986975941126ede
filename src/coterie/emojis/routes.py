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
from coterie.files.limits import UPLOADS
from coterie.files.receiving import Files
from coterie.http.injection import PUBLIC, UPLOADING, CurrentViewer, Injected, counted


@get("/servers/{server_id:str}/emojis")
async def listing(files: Injected[Files], viewer: CurrentViewer, server_id: FromPath[UUID]) -> list[CustomEmoji]:
    """The emoji of a server, oldest first."""
    return await actions.listing(files, server_id, viewer.user_id)


@post(
    "/servers/{server_id:str}/emojis",
    opt=counted(UPLOADS) | UPLOADING,
    request_max_body_size=None,
    operation_class=EmojiOperation,
)
async def create(
    request: Request[Any, Any, Any], files: Injected[Files], viewer: CurrentViewer, server_id: FromPath[UUID]
) -> CustomEmoji:
    """Add an emoji to a server. Its picture is encoded again, as a WebP of at most 128 pixels, animated if it was."""
    return await actions.create(files, server_id, viewer.user_id, Form(request, actions.FORM_BYTES))


@patch("/servers/{server_id:str}/emojis/{emoji_id:str}")
async def rename(
    files: Injected[Files],
    viewer: CurrentViewer,
    server_id: FromPath[UUID],
    emoji_id: FromPath[UUID],
    data: JSONBody[EmojiChange],
) -> CustomEmoji:
    """Give an emoji of a server another name (MANAGE_SERVER)."""
    return await actions.rename(files, server_id, emoji_id, viewer.user_id, data.name)


@delete("/servers/{server_id:str}/emojis/{emoji_id:str}")
async def remove(
    files: Injected[Files], viewer: CurrentViewer, server_id: FromPath[UUID], emoji_id: FromPath[UUID]
) -> None:
    """Remove an emoji of a server."""
    await actions.delete(files, server_id, emoji_id, viewer.user_id)


@get("/emojis/{emoji_id:str}", opt=PUBLIC, operation_class=FileOperation)
async def picture(request: Request[Any, Any, Any], files: Injected[Files], emoji_id: FromPath[UUID]) -> ASGIApp:
    """An emoji's picture. It is at the root of the site as well, where stock clients look for it."""
    return FileAnswer(files.storage, await actions.served(files, emoji_id), request)


ROUTES = [listing, create, rename, remove, picture]
PICTURES = [picture]
"""These are also served at the root."""
