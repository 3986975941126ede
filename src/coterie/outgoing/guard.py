"""The only way out: every request that a user can cause passes here, so that none reaches what only this machine may.

The invariant: a connection is opened only to an address that `_check` has allowed. It checks every DNS answer, and
again the address that the socket connects to. Names are resolved once for each connection, and the connection goes to
the address that was checked, so a DNS answer that changes has no effect. Redirects of a GET are followed here, step by
step, each checked like a new request; those of a POST are not followed, so that what is posted goes nowhere else. No
cookies, credentials or referrer are sent.

Names are resolved by aiodns: `getaddrinfo` needs a thread for each name, cannot be cancelled, and delays the end of the
process.
"""

import asyncio
import socket
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from coterie import __version__, errors
from coterie.errors import CoterieError
from coterie.outgoing import addresses, urls
from coterie.outgoing.addresses import Place

SECONDS: Final = 5.0
"""For a whole request: waiting for a turn, DNS, redirects, reading."""

REDIRECTS: Final = 5
AT_ONCE: Final = 32
"""Concurrent requests; further ones wait, and the wait is part of their time."""

ADDRESSES_TRIED: Final = 8
USER_AGENT: Final = f"Coterie/{__version__} (+link preview)"
POSTING_AGENT: Final = f"Coterie/{__version__} (+webhook)"
MOVED: Final = frozenset({301, 302, 303, 307, 308})
WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class AddressRefusedError(OSError):
    """An address to which requests are not allowed."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response, decompressed; `is_whole` unless it was cut at the limit."""

    url: URL
    content_type: str
    charset: str | None
    body: bytes
    is_whole: bool


class Outgoing:
    """Makes requests to the public internet, and to `allowed` addresses; tests pass a `resolver` of their own.

    Create it inside a running event loop; `close` ends requests under way.
    """

    def __init__(self, allowed: frozenset[Place] = frozenset(), resolver: AbstractResolver | None = None) -> None:
        self._allowed: Final = allowed
        self._turns: Final = asyncio.Semaphore(AT_ONCE)
        connector = aiohttp.TCPConnector(
            resolver=_Checked(resolver or aiohttp.AsyncResolver(), self._check),
            socket_factory=self._socket,
            use_dns_cache=False,
            force_close=True,
            limit=0,
        )
        self._session: Final = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
            auto_decompress=False,
            trust_env=False,
            read_bufsize=64 * 1024,
            max_line_size=8190,
            max_field_size=8190,
            max_headers=128,
        )

    async def close(self) -> None:
        await self._session.close()

    async def get(self, url: str, *, accept: str, limit: int) -> Fetched:
        """GET the URL, follow redirects, and read at most `limit` bytes.

        Raises URL_INVALID, ADDRESS_REFUSED (also for a name that does not resolve, so that nobody can find out which
        private names exist), UNREACHABLE, or ANSWER_TOO_LARGE if more than `limit` bytes are announced.
        """
        target = urls.checked(url)
        try:
            async with asyncio.timeout(SECONDS), self._turns:
                return await self._follow(target, accept, limit)
        except FAILURES as error:
            raise _refusal(error) from None

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
        """POST the body; the status of the answer, of which nothing more is read.

        Raises URL_INVALID, ADDRESS_REFUSED and UNREACHABLE like `get`, and TimeoutError.
        """
        target = urls.checked(url)
        given = {"User-Agent": POSTING_AGENT, "Accept": "*/*", **headers}
        try:
            async with (
                asyncio.timeout(seconds),
                self._turns,
                self._session.post(target, data=body, headers=given, allow_redirects=False) as response,
            ):
                return response.status
        except TimeoutError:
            raise
        except FAILURES as error:
            raise _refusal(error) from None

    async def _follow(self, url: URL, accept: str, limit: int) -> Fetched:
        for _ in range(REDIRECTS + 1):
            async with self._session.get(url, headers={"Accept": accept}, allow_redirects=False) as response:
                if response.status not in MOVED:
                    return await _read(response, limit)
                url = _next(url, response.headers.get("Location", ""))
        raise CoterieError(errors.UNREACHABLE)

    def _check(self, host: str, port: int) -> None:
        """Raise AddressRefusedError unless a request may go there."""
        address = ip_address(host)
        is_public = port in addresses.PORTS and addresses.is_public(address)
        if not is_public and (address, port) not in self._allowed:
            raise AddressRefusedError("requests must not go there")

    def _socket(self, info: Any) -> socket.socket:
        """The socket for a connection, made once nothing can change its address any more."""
        family, kind, protocol, _, place = info
        self._check(place[0], place[1])
        return socket.socket(family, kind, protocol)


FAILURES: Final = (aiohttp.ClientError, OSError, ValueError, zlib.error)
"""What a request can end with."""


def _refusal(error: Exception) -> CoterieError:
    """The catalogue's error for a failed request."""
    is_unknown = isinstance(error, aiohttp.ClientConnectorDNSError)
    is_refused = isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefusedError)
    return CoterieError(errors.ADDRESS_REFUSED if is_unknown or is_refused else errors.UNREACHABLE)


class _Checked(AbstractResolver):
    """Resolves only to allowed addresses. One refused address refuses the name: public names have none."""

    def __init__(self, resolver: AbstractResolver, check: Callable[[str, int], None]) -> None:
        self._resolver: Final = resolver
        self._check: Final = check

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            self._check(each["host"], port)
        return found[:ADDRESSES_TRIED]

    async def close(self) -> None:
        await self._resolver.close()


def _next(url: URL, location: str) -> URL:
    """Where a redirect leads; never from https back to http."""
    if not location or len(location) > urls.LENGTH_LIMIT:
        raise CoterieError(errors.UNREACHABLE)
    following = urls.checked(str(url.join(URL(location))))
    if url.scheme == "https" and following.scheme != "https":
        raise CoterieError(errors.ADDRESS_REFUSED)
    return following


async def _read(response: aiohttp.ClientResponse, limit: int) -> Fetched:
    if response.status != 200:
        raise CoterieError(errors.UNREACHABLE)
    if (response.content_length or 0) > limit:
        raise CoterieError(errors.ANSWER_TOO_LARGE)
    expand = _expander(response.headers.get("Content-Encoding", ""))
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += expand(chunk, limit + 1 - len(body))
        if len(body) > limit:
            break
    kind, charset = response.content_type.lower(), response.charset
    return Fetched(response.url, kind, charset, bytes(body[:limit]), is_whole=len(body) <= limit)


def _expander(encoding: str) -> Callable[[bytes, int], bytes]:
    """A function that decompresses the next chunk, to at most the given number of bytes."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return lambda chunk, most: chunk[:most]
    if name not in WINDOW_BITS:
        raise CoterieError(errors.UNREACHABLE)
    return zlib.decompressobj(WINDOW_BITS[name]).decompress
