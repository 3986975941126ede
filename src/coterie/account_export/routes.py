"""The routes with which users take along what is theirs. Only their sessions can do so."""

from typing import Any, Final

from litestar import Request, delete, get, post
from litestar.types import ASGIApp

from coterie.account_export.subject import AccountSubject
from coterie.exporting.actions import Exports
from coterie.exporting.models import Export, ExportState
from coterie.exporting.routes import ARCHIVE, STARTING, ExportId
from coterie.files.answers import FileAnswer
from coterie.files.documented import FileOperation
from coterie.http.injection import ACCOUNT, PEOPLE_ONLY, CurrentViewer, Injected

OWN: Final = PEOPLE_ONLY | ACCOUNT


@get("/users/@me/export", opt=ARCHIVE | OWN | {"refusals": {404}}, operation_class=FileOperation)
async def download(
    request: Request[Any, Any, Any], exports: Injected[Exports], viewer: CurrentViewer, *, export_id: ExportId = None
) -> ASGIApp:
    """Everything that is yours, as a zip archive, whole or in part.

    Without `id` this waits up to 10 minutes until an archive is made that is younger than 5 minutes; a request with
    Range gets the last one. The session cookie counts here as well as a token.
    """
    is_part = "range" in request.headers
    served = await exports.archive(AccountSubject(viewer), export_id, is_part=is_part)
    return FileAnswer(exports.files.storage, served, request)


@get("/users/@me/export/status", opt=OWN)
async def status(exports: Injected[Exports], viewer: CurrentViewer) -> ExportState:
    """How far the last export of your account is, and where its archive is."""
    return ExportState(await exports.last(AccountSubject(viewer)))


@post("/users/@me/export", opt=STARTING | OWN, status_code=202)
async def start(exports: Injected[Exports], viewer: CurrentViewer) -> Export:
    """Start making the archive of your account. One that is being made, or is new, is answered instead."""
    return await exports.start(AccountSubject(viewer))


@delete("/users/@me/export", opt=OWN)
async def remove(exports: Injected[Exports], viewer: CurrentViewer) -> None:
    """Remove the archive of your account, or stop making it."""
    await exports.remove(AccountSubject(viewer))


ROUTES: Final = [download, status, start, remove]
