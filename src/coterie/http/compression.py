"""Compress large answers with gzip, on the routes that say so.

The length of a compressed answer tells someone on the wire how much of it repeats (the attack BREACH). So a
route is only marked if nothing in its answers is secret to the people whose words stand in them: the messages of one
channel, which everyone who writes there can read, and the members of a server, which all of them can list. Everything
else stays as it is, above all what has tokens, and what mixes channels: searches, the inbox, the list of channels. So
does a page with an anonymous poll, since it has the reader's own vote.

The fastest level, since the next ones take three times as long for a twentieth of the size. Brotli and zstd would be
new dependencies for the last tenth.
"""

import asyncio
import re
import zlib
from typing import Final

COMPRESSED: Final = {"compressed": True}
"""The option of a route whose answers may be compressed."""

SMALLEST: Final = 4096
"""Shorter answers fit into a few packets as they are; in bytes."""

LARGE: Final = 64 * 1024
"""Longer ones are compressed in a thread: they would keep the event loop for a quarter of a millisecond or more."""

LEVEL: Final = 1
WITH_GZIP_HEADER: Final = 31
ZERO: Final = re.compile(rb"\s*q=0(\.0*)?\s*$")


def accepted(header: bytes) -> set[bytes]:
    """The encodings that an Accept-Encoding header accepts; those with a weight of zero it does not."""
    found = (each.partition(b";") for each in header.lower().split(b","))
    return {name.strip() for name, _, weight in found if not ZERO.match(weight)}


def is_secret(body: bytes) -> bool:
    """Whether an answer has an anonymous poll; quotes in texts are escaped."""
    return b'"is_anonymous":true' in body


async def compressed(body: bytes) -> bytes:
    return _gzip(body) if len(body) < LARGE else await asyncio.to_thread(_gzip, body)


def _gzip(body: bytes) -> bytes:
    work = zlib.compressobj(LEVEL, zlib.DEFLATED, WITH_GZIP_HEADER)
    return work.compress(body) + work.flush()
