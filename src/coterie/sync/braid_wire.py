"""Braid on the wire: reads headers, writes updates. Pure functions, byte for byte as existing clients parse them.

An update begins with a status line (clients would take a first letter "e" for a binary block), has `Content-Length` and
never `Patches` with it, and ends with a blank line. Version ids are printable ASCII, written as JSON strings.
"""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from coterie import errors
from coterie.errors import CoterieError

VERSION_LIMIT: Final = 200
"""Characters in one version id."""

VERSIONS_LIMIT: Final = 100
"""Version ids in one header."""

ECHO_LIMIT: Final = 40

HEARTBEAT: Final = b"\r\n"
HEARTBEAT_SECONDS: Final = 25.0
HEARTBEAT_BOUNDS: Final = (1.0, 60.0)

PRINTABLE: Final = re.compile(r"[ -~]+")
BARE: Final = re.compile(r"[\w.:@*/+-]+", re.ASCII)
NUMBER: Final = re.compile(r"\s*(\d{1,6}(?:\.\d{0,6})?)")
RANGE: Final = re.compile(r"\s*json\s+(?P<path>.+?)\s*", re.DOTALL)
MEMBER: Final = re.compile(r"[./](?P<name>[^./\[\]~\s]+)")
HEADER: Final = re.compile(rb"([A-Za-z0-9_-]+):[ \t]*([^\r\n]*)\r?\n")


def version_header(versions: Iterable[str]) -> str:
    """Version ids as the value of `Version`, `Parents` or `Current-Version`."""
    return ", ".join(msgspec.json.encode(version).decode() for version in versions)


def read_versions(header: str) -> list[str]:
    """The ids in a `Version` or `Parents` header; raises INVALID if it is not a list of strings.

    Ids without quotes are accepted too, since simple programs send them.
    """
    try:
        found = msgspec.json.decode(f"[{header}]", type=list[str])
    except (msgspec.DecodeError, RecursionError):
        found = [part.strip() for part in header.split(",")]
        if not all(BARE.fullmatch(part) for part in found):
            raise CoterieError(errors.INVALID, 'Version ids must be JSON strings, for example "a-1", "b-2".') from None
    if len(found) > VERSIONS_LIMIT:
        raise CoterieError(errors.INVALID, f"One header can have at most {VERSIONS_LIMIT} version ids.")
    return found


def is_version(text: str) -> bool:
    """Whether a text is a valid version id."""
    return len(text) <= VERSION_LIMIT and PRINTABLE.fullmatch(text) is not None


def heartbeat_seconds(header: str | None) -> float:
    """How often to send a heartbeat, from a header such as `5s` or `22.5`; the default without one."""
    found = NUMBER.match(header or "")
    low, high = HEARTBEAT_BOUNDS
    return min(max(float(found[1]), low), high) if found else HEARTBEAT_SECONDS


def echo(subscribe: str | None) -> str | None:
    """The Subscribe header as the answer repeats it."""
    if subscribe is None:
        return None
    is_plain = 0 < len(subscribe) <= ECHO_LIMIT and subscribe.isascii() and subscribe.isprintable()
    return subscribe if is_plain else "true"


def snapshot(version: str, content: bytes) -> bytes:
    """An update that replaces everything a client has."""
    head = f"HTTP 200 OK\r\nVersion: {version_header([version])}\r\nParents: \r\nContent-Type: application/json\r\n"
    return b"%sContent-Length: %d\r\n\r\n%s\r\n\r\n" % (head.encode(), len(content), content)


def patch(version: str, parent: str, key: str, content: bytes) -> bytes:
    """An update that sets the value of one key; empty content removes the key."""
    head = (
        f"HTTP 200 OK\r\nVersion: {version_header([version])}\r\nParents: {version_header([parent])}\r\n"
        f"Content-Length: {len(content)}\r\nContent-Range: json [{msgspec.json.encode(key).decode()}]\r\n\r\n"
    )
    return head.encode() + content + b"\r\n\r\n"


def read_key(content_range: str) -> str:
    """The one key that a range names: `json ["a"]`, `json .a` and `json /a` are the same."""
    found = RANGE.fullmatch(content_range)
    if found:
        path = found["path"]
        if member := MEMBER.fullmatch(path):
            return member["name"]
        try:
            return msgspec.json.decode(path, type=tuple[str])[0]
        except (msgspec.DecodeError, RecursionError):
            pass
    raise CoterieError(errors.INVALID, 'Content-Range must name one key, for example: json ["<message id>"]')


def read_patch(body: bytes) -> tuple[str, bytes]:
    """The range and content of the only patch in a body sent with `Patches: 1`."""
    headers: dict[str, str] = {}
    at = len(body) - len(body.lstrip(b"\r\n"))
    while header := HEADER.match(body, at):
        headers[header[1].decode().lower()] = header[2].decode("latin-1").strip()
        at = header.end()
    blank = 2 if body.startswith(b"\r\n", at) else 1 if body.startswith(b"\n", at) else 0
    length = headers.get("content-length", "")
    if not blank or not re.fullmatch(r"\d{1,9}", length) or "content-range" not in headers:
        raise CoterieError(errors.INVALID, "A patch needs Content-Length, Content-Range, a blank line and its content.")
    content = body[at + blank : at + blank + int(length)]
    if len(content) != int(length) or body[at + blank + int(length) :].strip(b"\r\n"):
        raise CoterieError(errors.INVALID, "The length of the patch differs from its Content-Length.")
    return headers["content-range"], content
