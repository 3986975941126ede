"""What arrives at the gateway and at Braid's addresses."""

from contextlib import suppress
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import msgspec

from coterie.accounts.models import ProfileChange
from coterie.documents import deltas
from coterie.documents.deltas import Patch
from coterie.errors import CoterieError
from coterie.http.answering import decode
from coterie.profiles.actions import PRESENCE_FIELDS
from coterie.sync import addresses, braid_wire, client_frames, text_operations, text_wire
from coterie.sync.client_frames import DeliveredIn, MessageIn, Nonced, ResumeIn, TypingIn
from coterie.viewer import Viewer
from coterie.voice import signalling
from tests.fuzzing.bodies import check_storable

VIEWER: Final = Viewer(UUID(int=1), UUID(int=2), "ann", is_admin=False)
KINDS: Final[dict[str, Any]] = {"RESUME": ResumeIn, "TYPING_START": TypingIn, "DELIVERED": DeliveredIn}
UNREADABLE: Final = (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError)
"""What the gateway ignores."""


def gateway(given: bytes) -> None:
    """A frame is read, refused with an error that names its nonce, or ignored."""
    with suppress(*UNREADABLE):
        frame = client_frames.decoder.decode(given.decode())
        check_storable(_meaning(frame.op, frame.d))


def _meaning(op: str, data: msgspec.Raw) -> Any:
    if op == "MESSAGE_SEND":
        nonce = msgspec.json.decode(data, type=Nonced).nonce
        with suppress(CoterieError):
            creation = decode(bytes(data), MessageIn)
            assert creation.nonce == nonce
            return creation
    if op == "VOICE_SIGNAL":
        return signalling.decoder.decode(data)
    if op == "PRESENCE_UPDATE":
        fields = msgspec.json.decode(data)
        chosen = {name: fields[name] for name in PRESENCE_FIELDS if isinstance(fields, dict) and name in fields}
        return msgspec.convert(chosen, ProfileChange)
    return msgspec.json.decode(data, type=KINDS[op]) if op in KINDS else None


def braid_headers(given: bytes) -> None:
    """One header to a line: Version, Content-Range, Heartbeats, Subscribe, a path and a limit."""
    lines = (*given.decode("latin-1").split("\n"), "", "", "", "", "", "")
    with suppress(CoterieError):
        versions = braid_wire.read_versions(lines[0])
        assert braid_wire.read_versions(braid_wire.version_header(versions)) == versions
        assert len(versions) <= braid_wire.VERSIONS_LIMIT
    with suppress(CoterieError):
        assert isinstance(braid_wire.read_key(lines[1]), str)
    low, high = braid_wire.HEARTBEAT_BOUNDS
    assert low <= braid_wire.heartbeat_seconds(lines[2]) <= high
    echo = braid_wire.echo(lines[3])
    assert echo is not None
    assert echo.isascii()
    assert echo.isprintable()
    with suppress(CoterieError):
        assert 1 <= addresses.target(lines[4], lines[5] or None, VIEWER).limit <= addresses.MESSAGES_LIMIT
    assert len(text_wire.read_digest(lines[0]) or bytes(32)) == 32


def braid_patch(given: bytes) -> None:
    """What is read of a patch is read again when it is written in the usual form."""
    with suppress(CoterieError):
        place, content = braid_wire.read_patch(given)
        again = b"Content-Length: %d\r\nContent-Range: %b\r\n\r\n%b" % (len(content), place.encode("latin-1"), content)
        assert braid_wire.read_patch(again) == (place, content)
        braid_wire.read_key(place)


def text_patches(given: bytes) -> None:
    """The first line is the header, `Patches` or `Content-Range`; patches that are written are read again."""
    header, _, body = given.partition(b"\n")
    name, _, value = header.decode("latin-1").partition(":")
    with suppress(CoterieError):
        patches = text_wire.read_patches({name.lower(): value.strip()}, body)
        if len(patches) > 1 and all(patch.start >= 0 and patch.end >= 0 for patch in patches):
            written = text_wire.update(["a-1"], [], patches, None).partition(b"\r\n\r\n")[2]
            assert text_wire.read_patches({"patches": str(len(patches))}, written) == patches


def operations(given: bytes) -> None:
    """The operations together do what they do one after the other."""
    with suppress(CoterieError):
        patches = text_operations.together(text_operations.read(given))
        assert all(one.end <= next.start for one, next in pairwise(patches))
        decoded = msgspec.json.decode(given, type=text_operations.Operations).operations
        text = "0123456789" * 20
        if all(isinstance(each, text_operations.Insert) or each.end <= 200 for each in decoded) and len(decoded) < 9:
            _check_effect(text, decoded, patches)


def _check_effect(text: str, given: list[Any], patches: list[Patch]) -> None:
    expected, is_within = text, True
    for each in given:
        start, end = (each.position, each.position) if hasattr(each, "text") else (each.start, each.end)
        is_within = is_within and end <= len(expected)
        expected = expected[:start] + getattr(each, "text", "") + expected[end:]
    if is_within:
        assert deltas.apply(text, deltas.of_patches(patches)) == expected
