"""Request bodies: how large each may be, and how many bytes of them this process holds at once.

A body counts as it arrives, until its request ends, so that senders who are slow on purpose cannot fill the memory.
One account and one address get a share, and leave the rest to everyone else. Large bodies leave a part to small ones,
and these leave a part to credentials, so that everyone can log in and write while others send large ones. Uploads,
which take long, are counted by themselves.
"""

from collections import Counter
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.errors import CoterieError
from coterie.http.asgi import Receive, Scope
from coterie.http.credentials import address, header
from coterie.http.open_places import HeldUpload, UploadPlaces
from coterie.http.rate_limits import site_of
from coterie.settings.record import Settings

CREDENTIALS_BYTES: Final = 4 * 1024
"""Of requests to log in and the like, which anyone can send; and of typing."""

CURSOR_BYTES: Final = 16 * 1024
CHAT_BYTES: Final = 64 * 1024
WRITE_BYTES: Final = 256 * 1024
"""Of a message that is written over Braid, with its patch."""

EDIT_BYTES: Final = 1024 * 1024
"""Of an edit in addition to its text: the heads of its patches."""

UPLOAD_BYTES: Final = 64 * 1024
"""What an upload holds: what the HTTP server passes on at a time."""

SMALL_BYTES: Final = 64 * 1024
LARGE_PART: Final = 3 / 4
SMALL_PART: Final = 15 / 16
"""Of the memory: large bodies are taken up to the first, those of SMALL_BYTES and less up to the second."""

SHARE: Final = 16
UPLOAD_PART: Final = 1 / 4
"""Uploads together hold as much as this part, besides the memory for bodies."""

RETRY_SECONDS: Final = 2
HELD: Final = "coterie.body"


class GoneError(Exception):
    """The client has disconnected; there is nobody to answer."""


class HeldBytes:
    """What one request holds of the memory for bodies; `owners` are its account and its address."""

    __slots__ = ("_bodies", "_has_credentials", "_owners", "_size")

    def __init__(self, bodies: "Bodies", owners: tuple[str | UUID, ...], *, has_credentials: bool) -> None:
        self._bodies = bodies
        self._owners = owners
        self._size = 0
        self._has_credentials = has_credentials

    def grow(self, size: int) -> None:
        """Hold more bytes; raises OVERLOADED, or RATE_LIMITED beyond the share of an account or address."""
        part = LARGE_PART if self._size + size > SMALL_BYTES else 1.0 if self._has_credentials else SMALL_PART
        self._bodies.take(self._owners, size, part)
        self._size += size

    def release(self) -> None:
        self._bodies.give_back(self._owners, self._size)
        self._size = 0


class Bodies:
    """The memory for bodies in one process."""

    def __init__(self, settings: Settings) -> None:
        self.text_limit: Final = text_limit(settings.document_limit)
        largest = max(settings.body_limit, WRITE_BYTES, self.text_limit)
        self._total: Final = max(settings.body_memory, 2 * largest)
        self._share: Final = max(settings.body_memory // SHARE, largest)
        self._held_by: Final[Counter[str | UUID]] = Counter()
        self._uploads: Final = UploadPlaces(settings, int(UPLOAD_PART * self._total) // UPLOAD_BYTES)
        self.held = 0

    async def read(self, scope: Scope, receive: Receive, limit: int) -> bytes:
        """The whole body; TOO_LARGE beyond the limit in bytes."""
        length = header(scope, b"content-length")
        if length.isascii() and length.isdigit() and int(length) > limit:
            raise CoterieError(errors.TOO_LARGE)
        held = self._hold(scope, has_credentials=limit <= CREDENTIALS_BYTES)
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise GoneError
            chunk = message.get("body", b"")
            if len(body) + len(chunk) > limit:
                raise CoterieError(errors.TOO_LARGE)
            held.grow(len(chunk))
            body += chunk
            if not message.get("more_body", False):
                return bytes(body)

    def _hold(self, scope: Scope, *, has_credentials: bool) -> HeldBytes:
        """What this request holds from now on, until `release`."""
        held = HeldBytes(self, _owners(scope), has_credentials=has_credentials)
        scope["extensions"][HELD] = held
        return held

    def upload(self, scope: Scope) -> None:
        """Count this request as an upload until `release`; raises OVERLOADED, or RATE_LIMITED beyond a share."""
        if HELD not in scope["extensions"]:
            scope["extensions"][HELD] = self._uploads.hold(_owners(scope))

    def take(self, owners: tuple[str | UUID, ...], size: int, part: float) -> None:
        """Hold bytes if no more than a part of the memory is held then."""
        if self.held + size > self._total * part:
            raise CoterieError(errors.OVERLOADED, retry_after=RETRY_SECONDS)
        for owner in owners:
            if self._held_by[owner] + size > self._share:
                raise CoterieError(errors.RATE_LIMITED, retry_after=RETRY_SECONDS)
        self.held += size
        for owner in owners:
            self._held_by[owner] += size

    def give_back(self, owners: tuple[str | UUID, ...], size: int) -> None:
        self.held -= size
        for owner in owners:
            self._held_by[owner] -= size
            if self._held_by[owner] <= 0:
                del self._held_by[owner]


def text_limit(document_limit: int) -> int:
    """The largest edit, in bytes, of a text that can have this many characters."""
    return 4 * document_limit + EDIT_BYTES


def _owners(scope: Scope) -> tuple[str | UUID, ...]:
    """The address of a request, and its account."""
    viewer = scope.get("viewer")
    site = site_of(address(scope))
    return (site,) if viewer is None else (site, viewer.user_id)


def release(scope: Scope) -> None:
    """The request has ended: its body is no longer held."""
    held: HeldBytes | HeldUpload | None = scope.get("extensions", {}).get(HELD)
    if held is not None:
        held.release()
