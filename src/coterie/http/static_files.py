"""Serves the built web client from memory: read once at start, with the compressed copies that the build made.

Files under /assets/ have a hash in their name and are cached by browsers forever; the page itself is revalidated each
time. The page's Content-Security-Policy allows no inline script or style, and nothing from other origins. What a
page loads, such as a font, goes without the headers of a page, which the first load would carry a dozen times.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from coterie import errors
from coterie.errors import CoterieError
from coterie.http.answering import refuse
from coterie.http.asgi import Receive, Scope, Send
from coterie.http.compression import accepted
from coterie.http.headers import PERMISSIONS

DIRECTORY: Final = Path(__file__).parents[1] / "static"
ENCODINGS: Final = {b"br": ".br", b"gzip": ".gz"}
"""The smallest first: the name in the request, and the suffix of the copy next to the file."""
POLICY: Final = (
    b"default-src 'self'; script-src 'self'; style-src 'self'; "
    b"img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    b"object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


@dataclass(frozen=True, slots=True)
class File:
    headers: list[tuple[bytes, bytes]]
    tag: bytes
    body: bytes
    copies: dict[bytes, bytes]


class StaticFiles:
    """An ASGI application that serves the files found at start."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        self._files: Final = _files(directory)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = "/index.html" if scope["path"] == "/" else scope["path"]
        file = self._files.get(path)
        if file is None:
            await self._refuse(scope, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await refuse(CoterieError(errors.METHOD_NOT_ALLOWED), send, (b"allow", b"GET, HEAD"))
        else:
            await _send_file(send, file, dict(scope["headers"]), is_head=scope["method"] == "HEAD")

    async def _refuse(self, scope: Scope, send: Send) -> None:
        """To a browser that opens an address with the page, which says that nothing is there."""
        request = dict(scope["headers"])
        page = self._files.get("/index.html")
        if page and scope["method"] == "GET" and b"text/html" in request.get(b"accept", b""):
            await _send(send, 404, page.headers, page.body)
        else:
            await refuse(CoterieError(errors.NOT_FOUND), send)


@cache
def _files(directory: Path) -> dict[str, File]:
    """The files of a directory by their paths, which a process reads once."""
    return {
        "/" + path.relative_to(directory).as_posix(): _load(path, directory)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.suffix not in ENCODINGS.values()
    }


def _load(path: Path, directory: Path) -> File:
    body = path.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'.encode()
    type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = "; charset=utf-8" if type.startswith("text/") or type.endswith("javascript") else ""
    is_hashed = path.is_relative_to(directory / "assets")
    headers = [
        (b"content-type", (type + text).encode()),
        (b"etag", tag),
        (b"cache-control", b"public, max-age=31536000, immutable" if is_hashed else b"no-cache"),
        (b"vary", b"Accept-Encoding"),
    ]
    if path.suffix == ".html" or (path.suffix == ".js" and not is_hashed):  # the page, and its service worker
        headers += [(b"content-security-policy", POLICY), PERMISSIONS]
    return File(headers, tag, body, _copies(path))


def _copies(path: Path) -> dict[bytes, bytes]:
    beside = {name: path.with_name(path.name + ending) for name, ending in ENCODINGS.items()}
    return {name: copy.read_bytes() for name, copy in beside.items() if copy.is_file()}


async def _send_file(send: Send, file: File, request: dict[bytes, bytes], *, is_head: bool) -> None:
    if file.tag in request.get(b"if-none-match", b""):
        await _send(send, 304, file.headers, b"")
        return
    encoding = _encoding(file, request.get(b"accept-encoding", b""))
    body = file.copies[encoding] if encoding else file.body
    headers = [*file.headers, (b"content-length", str(len(body)).encode())]
    if encoding:
        headers.append((b"content-encoding", encoding))
    await _send(send, 200, headers, b"" if is_head else body)


def _encoding(file: File, header: bytes) -> bytes | None:
    """The first copy that the client accepts."""
    names = accepted(header)
    return next((name for name in ENCODINGS if name in names and name in file.copies), None)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
