"""The client's files as the server gives them: compressed by the build, cached forever where the name has a hash."""

import gzip
from pathlib import Path

import aiohttp
import pytest

from coterie.http.static_files import DIRECTORY
from tests.serving import LiveServer

pytestmark = pytest.mark.skipif(not (DIRECTORY / "index.html").exists(), reason="the web client is not built")


def script() -> Path:
    """The largest script of the first load."""
    return max(DIRECTORY.glob("assets/index-*.js"), key=lambda path: path.stat().st_size)


async def fetch(live_server: LiveServer, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.get(live_server.url + path, headers={"Accept-Encoding": "identity", **given}) as answer,
    ):
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, await answer.read()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("BR", "br"),
        ("identity", None),
        ("", None),
        ("brotli, x-gzip", None),
    ],
)
async def test_a_script_comes_as_the_browser_takes_it(
    live_server: LiveServer, accepted: str, encoding: str | None
) -> None:
    path = script()
    status, headers, body = await fetch(live_server, f"/assets/{path.name}", Accept_Encoding=accepted)
    copies = {"br": path.with_suffix(".js.br"), "gzip": path.with_suffix(".js.gz"), None: path}
    assert (status, headers.get("content-encoding")) == (200, encoding)
    assert body == copies[encoding].read_bytes()
    assert headers["content-length"] == str(len(body))
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["vary"] == "Accept-Encoding"


async def test_the_copies_say_the_same(live_server: LiveServer) -> None:
    path = script()
    _, _, body = await fetch(live_server, f"/assets/{path.name}", Accept_Encoding="gzip")
    assert gzip.decompress(body) == path.read_bytes()


async def test_the_page_is_always_asked_for_again(live_server: LiveServer) -> None:
    _, headers, _ = await fetch(live_server, "/")
    assert headers["cache-control"] == "no-cache"
    status, _, body = await fetch(live_server, "/", If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")


async def test_the_copies_have_no_address_of_their_own(live_server: LiveServer) -> None:
    for ending in ("br", "gz"):
        status, _, _ = await fetch(live_server, f"/assets/{script().name}.{ending}")
        assert status == 404


async def test_typefaces_are_not_compressed_twice(live_server: LiveServer) -> None:
    path = next(DIRECTORY.glob("assets/*.woff2"))
    _, headers, body = await fetch(live_server, f"/assets/{path.name}", Accept_Encoding="gzip, br")
    assert headers["content-type"] == "font/woff2"
    assert "content-encoding" not in headers
    assert body == path.read_bytes()


async def test_an_unknown_address_is_a_page_for_browsers_and_json_for_programs(live_server: LiveServer) -> None:
    status, headers, body = await fetch(live_server, "/nothing/here", Accept="text/html,*/*;q=0.8")
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b'id="coterie"' in body
    for path, accept in (
        ("/nothing/here", "*/*"),
        ("/nothing/here", "application/json"),
        ("/api/nothing", "text/html"),
    ):
        status, headers, body = await fetch(live_server, path, Accept=accept)
        assert (status, headers["content-type"]) == (404, "application/json")
        assert b"not_found" in body
