"""Texts on the wire of Braid: reads the patches of a PUT, writes updates. Positions are in code points.

A client drops an update whose Parents differ from its version, so an update always names both, however small it is.
"""

import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterable, Sequence
from typing import Final

from coterie import errors
from coterie.documents.deltas import Patch
from coterie.errors import CoterieError
from coterie.sync.braid_wire import HEADER, version_header

PATCHES_LIMIT: Final = 10_000
"""Patches in one edit."""

PLACE: Final = r"(-?)(\d{1,9})"
RANGE: Final = re.compile(rf"\s*text\s*\[\s*{PLACE}\s*:\s*{PLACE}\s*\]\s*", re.ASCII)
DIGEST: Final = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/=]{1,100}):", re.ASCII)

FORM: Final = "An edit must be a whole text, one patch with Content-Range: text [1:2], or several with Patches: N."


def digest_header(digest: str) -> str:
    """The value of `Repr-Digest` for a SHA-256 in base64."""
    return f"sha-256=:{digest}:"


def snapshot(frontier: Sequence[str], text: bytes, digest: str) -> bytes:
    """An update with the whole text."""
    return b"%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (
        _head(frontier, (), digest),
        len(text),
        text,
    )


def update(frontier: Sequence[str], parents: Sequence[str], patches: Sequence[Patch], digest: str | None) -> bytes:
    """An update with patches, all of which refer to the text at its Parents, and perhaps the digest of the new text."""
    if len(patches) == 1:
        return _head(frontier, parents, digest) + _patch(patches[0]) + b"\r\n"
    return b"%sPatches: %d\r\n\r\n%s\r\n" % (
        _head(frontier, parents, digest),
        len(patches),
        b"".join(_patch(patch) + b"\r\n" for patch in patches),
    )


def read_patches(headers: dict[str, str], body: bytes) -> list[Patch]:
    """The patches of an edit. A position counted from the end is negative: ~0 is right after the text.

    Raises EDIT_IMPOSSIBLE for an edit that would fail every time.
    """
    if (count := headers.get("patches")) is not None:
        if not re.fullmatch(r"\s*\d{1,6}\s*", count, re.ASCII) or int(count) > PATCHES_LIMIT:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, f"Patches: must be a number up to {PATCHES_LIMIT}.")
        return _several(body, int(count))
    if (place := headers.get("content-range")) is not None:
        return [_read(place, body)]
    return [Patch(0, ~0, _text(body))]


def read_digest(header: str | None) -> bytes | None:
    """The SHA-256 in a Repr-Digest; None if there is none, or only another algorithm."""
    found = DIGEST.search(header or "")
    try:
        digest = b64decode(found[1], validate=True) if found else b""
    except NoBase64:
        return None
    return digest if len(digest) == 32 else None


def _several(body: bytes, count: int) -> list[Patch]:
    found: list[Patch] = []
    at = 0
    for _ in range(count):
        while body.startswith((b"\r", b"\n"), at):
            at += 1
        headers: dict[str, str] = {}
        while header := HEADER.match(body, at):
            headers[header[1].decode().lower()] = header[2].decode("latin-1").strip()
            at = header.end()
        at += 2 if body.startswith(b"\r\n", at) else 1
        length = headers.get("content-length", "")
        if not re.fullmatch(r"\d{1,9}", length, re.ASCII) or "content-range" not in headers:
            raise CoterieError(errors.EDIT_IMPOSSIBLE, "Each patch needs a Content-Length and a Content-Range.")
        content = body[at : at + int(length)]
        if len(content) != int(length):
            raise CoterieError(errors.EDIT_IMPOSSIBLE, "The length of a patch differs from its Content-Length.")
        found.append(_read(headers["content-range"], content))
        at += int(length)
    if body[at:].strip(b"\r\n"):
        raise CoterieError(errors.EDIT_IMPOSSIBLE, "The body contains more than its patches.")
    return found


def _read(place: str, content: bytes) -> Patch:
    found = RANGE.fullmatch(place)
    if found is None:
        raise CoterieError(errors.EDIT_IMPOSSIBLE, FORM)
    sign, start, end_sign, end = found.groups()
    return Patch(_place(sign, start), _place(end_sign, end), _text(content))


def _place(sign: str, digits: str) -> int:
    return ~int(digits) if sign else int(digits)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise CoterieError(errors.EDIT_IMPOSSIBLE, "The text is not UTF-8.") from None


def _head(frontier: Iterable[str], parents: Iterable[str], digest: str | None) -> bytes:
    versions = f"Version: {version_header(frontier)}\r\nParents: {version_header(parents)}\r\n"
    checked = "" if digest is None else f"Repr-Digest: {digest_header(digest)}\r\n"
    return f"HTTP 200 OK\r\n{versions}{checked}".encode()


def _patch(patch: Patch) -> bytes:
    content = patch.content.encode()
    head = f"Content-Length: {len(content)}\r\nContent-Range: text [{patch.start}:{patch.end}]\r\n\r\n"
    return head.encode() + content + b"\r\n"
