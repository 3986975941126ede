"""Outgoing requests, over real sockets: a site and a DNS server on this machine, one address of which is allowed."""

import asyncio
import gzip
import ssl
import subprocess
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from coterie import errors
from coterie.errors import CoterieError, Entry
from coterie.outgoing import guard
from coterie.outgoing.guard import Fetched, Outgoing
from tests.outgoing.name_server import A, NameServer, name_server
from tests.patience import PATIENCE
from tests.website import Website, answer, redirect, website

LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Network:
    """`site` may be reached, `private` may not, and `names` says which name is where."""

    outgoing: Outgoing
    site: Website
    private: Website
    names: NameServer

    async def fetch(self, url: str) -> Fetched:
        return await self.outgoing.get(url, accept="text/html", limit=LIMIT)

    async def refusal(self, url: str) -> Entry:
        with pytest.raises(CoterieError) as caught:
            await self.fetch(url)
        return caught.value.entry

    def at(self, name: str, path: str = "/") -> str:
        return f"http://{name}:{self.site.port}{path}"


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with website() as site, website() as private, name_server() as names:
        resolver = aiohttp.AsyncResolver(nameservers=[f"127.0.0.1:{names.port}"], timeout=PATIENCE, tries=1)
        outgoing = Outgoing(frozenset({(ip_address("127.0.0.1"), site.port)}), resolver)
        yield Network(outgoing, site, private, names)
        await outgoing.close()
        assert private.connections == 0


async def test_it_works(network: Network) -> None:
    network.names.answers["site.example"] = [["127.0.0.1"]]
    network.site.pages["/page?q=1"] = answer(b"hello", content_type="text/HTML; charset=KOI8-R")
    fetched = await network.fetch(network.at("site.example", "/page?q=1#part"))
    assert (fetched.body, fetched.is_whole) == (b"hello", True)
    assert (fetched.content_type, fetched.charset) == ("text/html", "KOI8-R")
    assert str(fetched.url) == network.at("site.example", "/page?q=1")


async def test_a_request_reveals_nothing_but_its_target(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", network.private.url)
    monkeypatch.setenv("ALL_PROXY", network.private.url)
    network.names.answers["site.example"] = [["127.0.0.1"]]
    network.site.pages["/"] = redirect("/next", set_cookie="a=b")
    network.site.pages["/next"] = answer()
    await network.fetch(network.at("site.example"))
    for asked in network.site.asked:
        headers = dict(asked.headers)
        assert headers.pop("host") == f"site.example:{network.site.port}"
        assert headers.pop("user-agent").startswith("Coterie/")
        assert headers == {"accept": "text/html", "accept-encoding": "gzip, deflate", "connection": "close"}
    assert len(network.site.asked) == 2


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "127.0.0.1",
        "127.0.0.2",
        "169.254.169.254",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
    ],
)
@pytest.mark.parametrize("port", [80, 443, 5432])
async def test_private_addresses_are_refused(network: Network, address: str, port: int) -> None:
    assert await network.refusal(f"http://{address}:{port}/") is errors.ADDRESS_REFUSED


async def test_only_the_very_place_is_allowed(network: Network) -> None:
    assert await network.refusal(f"{network.private.url}/") is errors.ADDRESS_REFUSED
    assert await network.refusal(f"http://127.0.0.2:{network.site.port}/") is errors.ADDRESS_REFUSED
    assert await network.refusal("http://8.8.8.8:25/") is errors.ADDRESS_REFUSED
    network.site.pages["/"] = answer()
    await network.fetch(f"{network.site.url}/")


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["127.0.0.1", "10.0.0.1"],
        ["10.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "fe80::1"],
        ["127.0.0.1"] * 9 + ["192.168.1.1"],
    ],
)
async def test_a_name_that_leads_elsewhere_is_refused(network: Network, addresses: list[str]) -> None:
    network.names.answers["trick.example"] = [addresses]
    assert await network.refusal(network.at("trick.example")) is errors.ADDRESS_REFUSED
    assert network.site.connections == 0


async def test_a_name_that_leads_nowhere_is_refused_alike(network: Network) -> None:
    assert await network.refusal(network.at("nowhere.example")) is errors.ADDRESS_REFUSED


async def test_an_answer_that_changes_changes_nothing(network: Network) -> None:
    """DNS rebinding: the name is looked up once for a connection, which goes to what was checked."""
    network.names.answers["rebind.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    network.site.pages["/"] = answer(b"public")
    assert (await network.fetch(network.at("rebind.example"))).body == b"public"
    assert network.names.asked.count(("rebind.example", A)) == 1
    assert await network.refusal(network.at("rebind.example")) is errors.ADDRESS_REFUSED


async def test_an_answer_that_changes_before_a_redirect(network: Network) -> None:
    network.names.answers["rebind.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    network.site.pages["/"] = redirect("/secret")
    network.site.pages["/secret"] = answer(b"secret")
    assert await network.refusal(network.at("rebind.example")) is errors.ADDRESS_REFUSED
    assert network.site.times("/secret") == 0


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_redirects_are_followed(network: Network, status: str) -> None:
    network.names.answers["other.example"] = [["127.0.0.1"]]
    network.site.pages["/"] = redirect(network.at("other.example", "/there"), status)
    network.site.pages["/there"] = answer(b"there")
    fetched = await network.fetch(f"{network.site.url}/")
    assert (fetched.body, str(fetched.url)) == (b"there", network.at("other.example", "/there"))


@pytest.mark.parametrize(
    ("location", "entry"),
    [
        ("http://10.0.0.1/", errors.ADDRESS_REFUSED),
        ("http://169.254.169.254/latest/meta-data/", errors.ADDRESS_REFUSED),
        ("//[::1]/", errors.ADDRESS_REFUSED),
        ("http://inside.example/", errors.ADDRESS_REFUSED),
        ("PRIVATE", errors.ADDRESS_REFUSED),
        ("http://2130706433/", errors.URL_INVALID),
        ("http://user@127.0.0.1/", errors.URL_INVALID),
        ("file:///etc/passwd", errors.URL_INVALID),
        ("ftp://127.0.0.1/", errors.URL_INVALID),
        ("http://[::1", errors.UNREACHABLE),
        ("", errors.UNREACHABLE),
    ],
)
async def test_a_redirect_gets_no_further_than_a_link(network: Network, location: str, entry: Entry) -> None:
    network.names.answers["inside.example"] = [["127.0.0.1"]]
    network.site.pages["/"] = redirect(location.replace("PRIVATE", network.private.url))
    assert await network.refusal(f"{network.site.url}/") is entry


async def test_redirects_come_to_an_end(network: Network) -> None:
    for step in range(10):
        network.site.pages[f"/{step}"] = redirect(f"/{step + 1}")
    network.site.pages["/10"] = answer(b"the end")
    assert (await network.fetch(f"{network.site.url}/5")).body == b"the end"
    assert await network.refusal(f"{network.site.url}/4") is errors.UNREACHABLE


async def test_a_certificate_that_nobody_vouches_for(network: Network, tmp_path: Path) -> None:
    """The connection goes to the checked address, and names the host there: its certificate must match that name."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    options = f"-x509 -newkey ed25519 -nodes -days 2 -subj /CN=tls.example -keyout {key} -out {certificate}"
    made = await asyncio.create_subprocess_exec("openssl", "req", *options.split(), stderr=subprocess.DEVNULL)
    assert await made.wait() == 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    named: list[str | None] = []
    context.sni_callback = lambda _, name, __: named.append(name)
    async with await asyncio.start_server(network.site.serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        network.names.answers["tls.example"] = [["127.0.0.1"]]
        resolver = aiohttp.AsyncResolver(nameservers=[f"127.0.0.1:{network.names.port}"], timeout=PATIENCE, tries=1)
        outgoing = Outgoing(frozenset({(ip_address("127.0.0.1"), port)}), resolver)
        with pytest.raises(CoterieError) as caught:
            await outgoing.get(f"https://tls.example:{port}/", accept="*/*", limit=LIMIT)
        assert caught.value.entry is errors.UNREACHABLE
        await outgoing.close()
    assert named == ["tls.example"]
    assert not network.site.asked


def test_a_redirect_never_gives_up_encryption() -> None:
    here = URL("https://example.org/")
    assert str(guard._next(here, "/there")) == "https://example.org/there"
    with pytest.raises(CoterieError) as caught:
        guard._next(here, "http://example.org/there")
    assert caught.value.entry is errors.ADDRESS_REFUSED


async def test_an_endless_body_is_cut(network: Network) -> None:
    network.site.pages["/"] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    network.site.endless["/"] = b"x" * 10_000
    fetched = await network.fetch(f"{network.site.url}/")
    assert (fetched.body, fetched.is_whole) == (b"x" * LIMIT, False)


async def test_a_body_of_just_the_limit_is_whole(network: Network) -> None:
    network.site.pages["/"] = answer(b"x" * LIMIT)
    assert (await network.fetch(f"{network.site.url}/")).is_whole


async def test_a_body_that_is_announced_as_too_large_is_not_read(network: Network) -> None:
    network.site.pages["/"] = answer(content_length=str(LIMIT + 1))
    assert await network.refusal(f"{network.site.url}/") is errors.ANSWER_TOO_LARGE


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_body_is_expanded_to_the_limit(network: Network, encoding: str, compress: object) -> None:
    assert callable(compress)
    network.site.pages["/"] = answer(compress(b"small"), content_encoding=encoding)
    network.site.pages["/bomb"] = answer(compress(b"x" * 50_000_000), content_encoding=encoding)
    assert (await network.fetch(f"{network.site.url}/")).body == b"small"
    fetched = await network.fetch(f"{network.site.url}/bomb")
    assert (fetched.body, fetched.is_whole) == (b"x" * LIMIT, False)


@pytest.mark.parametrize(
    "bytes_sent",
    [
        answer(b"not compressed", content_encoding="gzip"),
        answer(gzip.compress(gzip.compress(b"x")), content_encoding="gzip, gzip"),
        answer(b"x", content_encoding="br"),
        answer(status="404 Not Found"),
        answer(status="500 Broken"),
        answer(status="204 No Content"),
        answer(x_large="x" * 20_000),
        answer(**{f"x_{number}": "x" for number in range(200)}),
        b"HTTP/1.1 200 OK\r\n" + b"x" * 20_000,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
async def test_what_cannot_be_used(network: Network, bytes_sent: bytes) -> None:
    network.site.pages["/"] = bytes_sent or b"\r\n"
    assert await network.refusal(f"{network.site.url}/") is errors.UNREACHABLE


async def test_endless_headers(network: Network) -> None:
    network.site.pages["/"] = b"HTTP/1.1 200 OK\r\n"
    network.site.endless["/"] = b"X-More: and more\r\n"
    assert await network.refusal(f"{network.site.url}/") is errors.UNREACHABLE


async def test_a_site_that_does_not_answer(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "SECONDS", 0.1)
    network.site.is_open.clear()
    assert await network.refusal(f"{network.site.url}/") is errors.UNREACHABLE
    network.site.is_open.set()


async def test_a_site_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time limit is for the whole request, so that a byte now and then does not extend it."""
    monkeypatch.setattr(guard, "SECONDS", 0.2)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(content_length="1000"))
        for _ in range(100):
            writer.write(b"x")
            await asyncio.sleep(0.01)
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await _refusal_at(port) is errors.UNREACHABLE


async def test_nobody_listens() -> None:
    async with website() as gone:
        port = gone.port
    assert await _refusal_at(port) is errors.UNREACHABLE


async def _refusal_at(port: int) -> Entry:
    outgoing = Outgoing(frozenset({(ip_address("127.0.0.1"), port)}))
    with pytest.raises(CoterieError) as caught:
        await outgoing.get(f"http://127.0.0.1:{port}/", accept="*/*", limit=LIMIT)
    await outgoing.close()
    return caught.value.entry
